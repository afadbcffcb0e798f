"""A sealed test set: shut until opened, opened once, counted, resumable, never half-written."""

import json

import numpy as np
import pytest
from test_runner import small

from versus.backend import keras
from versus.cli.main import run_command
from versus.errors import ConfigurationError, DamagedError, MismatchError, ModelError, ResultsError
from versus.evaluation.predict import measure
from versus.reports.page import write_report
from versus.results.memory import MemoryStore
from versus.results.opening import read_openings
from versus.results.store import DirectoryStore
from versus.results.view import read_predictions
from versus.studies import opening
from versus.studies.opening import open_test
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.sequential import run_until_decided
from versus.studies.study import Study, Variant
from versus.studies.watching.status_reader import StatusReader
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)


def make(tiny, seeds=2, **protocol) -> Study:
    variants = [Variant("small", small, RECIPE), Variant("other", small, RECIPE)]
    protocol = Protocol(**{"test": "sealed", **protocol})
    return Study("?", tiny, variants, seeds=seeds, name="pair", protocol=protocol)


@pytest.fixture
def sealed(tiny, tmp_path):
    return run_study(make(tiny), tmp_path / "study")


def files(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_nothing_of_the_test_set_is_known_before(sealed):
    assert sealed.judged_on == "validation"
    assert sealed.openings == ()
    for record in sealed.records:
        assert list(record.metrics) == ["validation"]
        assert "temperature" in record.metrics["validation"]
        with pytest.raises(ResultsError, match="no predictions of test"):
            read_predictions(sealed.store, record, "test", ("a", "b", "c"))


def test_each_run_is_measured_and_its_own_record_stays_as_it_was(sealed, tiny):
    before = files(sealed.folder)
    lines = []
    result = open_test(sealed.folder, tiny, tell=lines.append)
    after = files(sealed.folder)
    runs = {name for name in before if name.count("/") == 2}
    assert all(after[name] == before[name] for name in runs)
    assert {name for name in after if "/test/" in name} == {
        f"{variant}/{seed}/test/{name}"
        for variant in ("small", "other")
        for seed in (0, 1)
        for name in ("predictions.npz", "record.json")
    }
    assert len(lines) == 4
    assert result.judged_on == "test"
    assert result.chosen_on_validation in ("small", "other")
    (told,) = result.openings
    assert told.number == 1
    assert told.finished is not None
    assert sorted(told.runs) == ["other/0", "other/1", "small/0", "small/1"]
    record = result.finished("small")[1]
    model = keras.saving.load_model(sealed.folder / "small/1/model.keras")
    found = measure(model, tiny.test, tiny.classes, RECIPE)
    assert record.metrics["test"]["accuracy"] == found.predictions.correct.mean()
    assert record.metrics["test"]["loss"] == pytest.approx(found.loss)
    predictions = read_predictions(result.store, record, "test", tiny.classes)
    np.testing.assert_array_equal(predictions.probabilities, found.predictions.probabilities)
    assert result.verdicts[0].n == 2
    assert any("test opened once" in caveat for caveat in result.caveats)
    assert "test opened once" in write_report(result).read_text()


def test_what_is_tested_is_not_tested_again(sealed, tiny, monkeypatch):
    open_test(sealed.folder, tiny)
    before = files(sealed.folder)
    monkeypatch.setattr(opening, "measure", None)
    result = open_test(sealed.folder, tiny)
    assert len(result.openings) == 1
    assert files(sealed.folder) == before


def test_runs_made_later_are_another_opening_that_every_output_tells(sealed, tiny, capsys):
    open_test(sealed.folder, tiny)
    between = run_study(make(tiny, seeds=3), sealed.folder)
    assert between.judged_on == "test"
    assert sorted(f"{r.variant}/{r.seed}" for r in between.untested) == ["other/2", "small/2"]
    assert between.verdicts[0].n == 2
    assert any("2 finished runs are not tested" in caveat for caveat in between.caveats)
    result = open_test(sealed.folder, tiny)
    assert [each.runs for each in result.openings][1] == ["other/2", "small/2"]
    assert result.verdicts[0].n == 3
    assert result.untested == ()
    assert result.to_dict()["openings"][1]["number"] == 2
    assert "test opened 2 times" in result._repr_html_()
    assert "test opened 2 times" in write_report(result).read_text()
    from versus.cli import screen

    screen.print_result(result)
    assert "test opened 2 times" in " ".join(capsys.readouterr().out.split())


class _Killed(BaseException):
    """Stands for a process that ends."""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_an_interrupted_opening_goes_on_and_counts_once(at, sealed, tiny, monkeypatch):
    real, calls = opening.write_opened, []

    def killed(store, opened, predictions):
        calls.append(opened)
        if len(calls) == at:
            # Only the predictions reach the disk.
            place = f"{opened.variant}/{opened.seed}/test/predictions.npz"
            store.write_study_file(place, predictions)
            raise _Killed
        real(store, opened, predictions)

    monkeypatch.setattr(opening, "write_opened", killed)
    with pytest.raises(_Killed):
        open_test(sealed.folder, tiny)
    half = read_result(sealed.folder)
    assert half.judged_on == "validation"
    assert half.damaged == ()
    assert any("interrupted" in caveat for caveat in half.caveats)
    assert half.openings[0].finished is None
    monkeypatch.setattr(opening, "write_opened", real)
    lines = []
    result = open_test(sealed.folder, tiny, tell=lines.append)
    assert len(lines) == 5 - at
    assert [each.number for each in result.openings] == [1]
    assert len(result.openings[0].runs) == 4
    assert result.verdicts[0].n == 2


def test_a_model_that_does_not_reproduce_its_run_opens_nothing(tiny, tmp_path, monkeypatch):
    result = run_study(make(tiny), tmp_path / "study")
    real = opening.load_saved_model

    def changed(store, run):
        model = real(store, run)
        if (run.variant, run.seed) == ("other", 1):
            model.layers[-1].bias.assign([1.0, 0.0, 0.0])
        return model

    monkeypatch.setattr(opening, "load_saved_model", changed)
    with pytest.raises(MismatchError, match=r"other/1/model\.keras.*was not opened"):
        open_test(result.folder, tiny)
    assert read_openings(result.store) == ()
    assert not list(result.folder.rglob("test"))


def test_other_data_are_refused(sealed, tiny):
    other = type(tiny)("tiny", tiny.classes, tiny.train, tiny.train)
    with pytest.raises(MismatchError, match="is not the study's"):
        open_test(sealed.folder, other)


def test_a_test_set_that_was_open_cannot_be_opened(tiny, tmp_path):
    run_study(make(tiny, seeds=1, test="open"), tmp_path / "study")
    with pytest.raises(ConfigurationError, match="never sealed"):
        open_test(tmp_path / "study", tiny)


def test_without_a_study_there_is_nothing_to_open(tmp_path, tiny):
    with pytest.raises(ResultsError, match="no study here"):
        open_test(tmp_path, tiny)


def test_it_works_in_memory_too(tiny):
    store = MemoryStore()
    run_study(make(tiny, seeds=1), store)
    assert open_test(store, tiny).judged_on == "test"


def test_a_changed_test_record_is_damage_and_never_a_number(sealed, tiny):
    open_test(sealed.folder, tiny)
    place = sealed.folder / "small/0/test/record.json"
    place.write_text(place.read_text().replace('"opening": 1', '"opening": 2'))
    result = read_result(sealed.folder)
    assert [(d.variant, d.seed) for d in result.damaged] == [("small", 0)]
    assert [r.seed for r in result.finished("small")] == [1]


def test_changed_test_predictions_are_damage(sealed, tiny):
    open_test(sealed.folder, tiny)
    (sealed.folder / "small/0/test/predictions.npz").write_bytes(b"no")
    (damage,) = read_result(sealed.folder).damaged
    assert "checksum differs" in damage.reason


def test_verify_looks_at_them_too(sealed, tiny, capsys):
    open_test(sealed.folder, tiny)
    assert run_command(["runs", "verify", str(sealed.folder)]) == 0
    (sealed.folder / "small/0/test/predictions.npz").write_bytes(b"no")
    assert run_command(["runs", "verify", str(sealed.folder)]) == 1
    assert "small/0/test/predictions.npz: damaged" in capsys.readouterr().err


def test_an_opening_cannot_be_forgotten(sealed, tiny):
    open_test(sealed.folder, tiny)
    (sealed.folder / "openings.json").unlink()
    with pytest.raises(DamagedError, match="does not tell of opening 1"):
        read_result(sealed.folder)


def test_openings_are_sealed(sealed, tiny):
    open_test(sealed.folder, tiny)
    place = sealed.folder / "openings.json"
    content = json.loads(place.read_text())
    content["openings"][0]["runs"] = []
    place.write_text(json.dumps(content))
    with pytest.raises(DamagedError, match=r"openings\.json: damaged"):
        read_result(sealed.folder)


def test_leftovers_of_a_killed_opening_are_found(sealed, tiny):
    open_test(sealed.folder, tiny)
    from versus.filesystem.leftovers import temporary_name

    name = temporary_name("record.json").replace(f"-{__import__('os').getpid()}-", "-999999999-")
    left = sealed.folder / "small/0/test" / name
    left.write_bytes(b"half")
    assert DirectoryStore(sealed.folder).leftovers() == [left]


STUDY = """
import sys
sys.path.insert(0, {tests!r})
from bands import make_tiny
import versus
recipe = versus.Recipe(learning_rate=0.01, batch_size=32, epochs=1)
study = versus.Study("?", make_tiny(), [versus.Variant(n, "cnn-stride", recipe) for n in "ab"],
                     seeds=1, name="own", protocol=versus.Protocol(test="sealed"))
"""


def test_the_command_opens_and_shows(tmp_path, monkeypatch, capsys):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    Path("own.py").write_text(STUDY.format(tests=str(Path(__file__).parents[1])))
    assert run_command(["run", "own.py", "--out", "out"]) == 0
    capsys.readouterr()
    assert run_command(["open-test", "out", "--study", "own.py"]) == 0
    shown = capsys.readouterr()
    assert "Chosen on validation" in shown.out
    assert "test opened once" in " ".join(shown.out.split())
    assert "a, seed 0: test accuracy" in shown.err
    assert run_command(["open-test", "out", "--study", "own.py", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["judged_on"] == "test"
    assert run_command(["open-test", "out"]) == 2  # the record knows the data by name only


def test_a_model_that_cannot_be_loaded_is_told(sealed, tiny, monkeypatch):
    def broken(path, compile):
        raise ValueError("Unknown layer: Mine")

    monkeypatch.setattr(keras.saving, "load_model", broken)
    with pytest.raises(ModelError, match=r"Unknown layer: Mine.*--study"):
        open_test(sealed.folder, tiny)


def test_the_status_tells_what_the_report_tells(sealed, tiny):
    reader = StatusReader(sealed.folder)
    before = reader.read()
    assert list(before.verdicts) == sealed.verdicts
    result = open_test(sealed.folder, tiny)
    after = reader.read()
    assert list(after.verdicts) == result.verdicts
    assert after.caveats == tuple(result.caveats)
    assert "opened once" in " ".join(after.caveats)


def test_no_seeds_are_added_to_looks_once_the_test_set_was_opened(tiny, tmp_path):
    study, folder = make(tiny), tmp_path / "study"
    run_until_decided(study, folder, max_seeds=8, max_minutes=1e-6)
    open_test(folder, tiny)
    before = files(folder)
    with pytest.raises(MismatchError, match="its test set was opened"):
        run_until_decided(study, folder)
    assert files(folder) == before
