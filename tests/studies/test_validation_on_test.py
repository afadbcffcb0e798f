"""Validation on the test set, as some studies do it: possible, and marked in every output."""

import json

import numpy as np
import pytest
from test_runner import small

from versus.cli import screen
from versus.data.dataset import Dataset, Split
from versus.errors import ConfigurationError
from versus.reports.page import write_report
from versus.results.view import read_history
from versus.studies.plan import make_plan
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.studies.watching.progress import opening
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)


def make(data, **protocol) -> Study:
    variants = [Variant("a", small, RECIPE), Variant("b", small, RECIPE)]
    return Study("?", data, variants, seeds=1, protocol=Protocol(**protocol))


def test_all_of_train_is_trained_on_and_every_output_says_it(tiny, tmp_path, capsys):
    study = make(tiny, validation="test")
    result = run_study(study, tmp_path)
    record = result.finished("a")[0]
    assert record.metrics["validation"]["n"] == 48
    assert record.metrics["test"]["accuracy"] == record.metrics["validation"]["accuracy"]
    last = read_history(result.store, record)["val_accuracy"].iloc[-1]
    assert last == pytest.approx(record.metrics["test"]["accuracy"])
    assert "calibrated" not in record.metrics["test"]
    assert record.used is not None
    assert record.used["pictures"] == 2 * 96
    said = "Validated on the test set"
    assert said in result.caveats[0]
    assert result.to_dict()["validated_on_test"] is True
    assert said in json.dumps(result.to_dict())
    assert said in result._repr_html_()
    page = write_report(result).read_text()
    assert page.count(said) == 2  # under the answer, and among the notes
    screen.print_result(result)
    assert said in capsys.readouterr().out
    assert "validated on the test set: numbers are optimistic" in opening(
        make_plan(study, result.store)
    )
    assert "numbers are too good" in result.study.protocol_text


def test_other_studies_are_not_marked(tiny, tmp_path):
    result = run_study(make(tiny), tmp_path)
    assert result.caveats == []
    assert result.to_dict()["validated_on_test"] is False
    assert "Validated on the test set" not in write_report(result).read_text()


def test_a_sealed_test_set_cannot_be_validated_on():
    with pytest.raises(ConfigurationError, match="cannot go with a sealed test set"):
        Protocol(validation="test", test="sealed")


def test_equal_pictures_are_recorded_and_told(tiny, tmp_path, capsys):
    images, labels = np.array(tiny.test.images), np.array(tiny.test.labels)
    images[:2], labels[:2] = tiny.train.images[:2], [0, 2]  # train has 0, 1
    test = Split(images, labels)
    data = Dataset("leaky", tiny.classes, tiny.train, test)
    run_study(make(data), tmp_path)
    result = read_result(tmp_path)
    (equal,) = result.study.data.equal_pictures or []
    assert (equal.a, equal.b, equal.count, equal.conflicts) == ("train", "test", 2, 1)
    said = "2 test pictures are in train too, byte for byte, 1 of them with another label"
    assert result.caveats == [f"Equal pictures: {said}."]
    assert said in opening(make_plan(make(data), result.store))
    assert said in write_report(result).read_text()
    screen.print_result(result)
    assert said in " ".join(capsys.readouterr().out.split())
