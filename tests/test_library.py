"""One contract for every built-in study: it plans, its counts are right, and it runs."""

import importlib
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from versus.cli.main import run_command
from versus.data.dataset import Dataset
from versus.data.named_sets import NAMED_SETS
from versus.library.catalogue import STUDIES, find_study
from versus.models.zoo import ZOO
from versus.studies.runner import run_study

ONE_SCREEN = 50
every_study = pytest.mark.parametrize("name", STUDIES)


@pytest.fixture(autouse=True)
def _untrained(monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")


def few_pictures(classes: int) -> Dataset:
    """Noise of the documents' size, two pictures a class, with validation pictures of its own."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(classes), 2)
    images = rng.integers(0, 256, (3, len(labels), 28, 28, 1), dtype=np.uint8)
    train, validation, test = ((part, labels) for part in images)
    return Dataset.from_arrays(train, test, validation=validation, name="few")


@every_study
def test_a_study_says_what_it_is(name):
    study = find_study(name)
    assert study.name == name
    assert study.question.endswith("?")
    assert study.data in {"digits", *NAMED_SETS}
    document = [v for v in study.variants if ZOO[v.model].document in "ABCDE"]
    assert document
    assert "ocument" in study.source
    sizes = {"quickstart": 32, "overfitting": 64}
    assert study.variants[0].recipe.batch_size == sizes.get(name, 128)


@every_study
def test_its_file_fits_one_screen_and_names_its_document(name):
    module = importlib.import_module(STUDIES[name])
    text = Path(module.__file__).read_text()
    assert len(text.splitlines()) <= ONE_SCREEN
    assert name == "quickstart" or "document" in module.__doc__.lower()


@every_study
def test_it_runs_in_tiny_form_with_the_counts_of_the_documents(name, tmp_path):
    study = find_study(name)
    classes = {ZOO[variant.model].classes for variant in study.variants}
    assert len(classes) == 1
    short = replace(study.with_changes(seeds=1, epochs=1), data=few_pictures(classes.pop()))
    result = run_study(short, tmp_path / name)
    assert not result.failed
    assert len(result.records) == len(study.variants)
    for record in result.records:
        entry = ZOO[study.variant(record.variant).model]
        if entry.learned_by == "keras":
            assert (record.parameters, record.trainable) == (entry.parameters, entry.trainable)
        else:
            assert record.parameters > 0 == entry.parameters
        assert record.metrics["test"]["n"] == len(short.data.test)


def test_every_system_is_in_a_study_or_an_example():
    studied = {variant.model for name in STUDIES for variant in find_study(name).variants}
    assert set(ZOO) - studied == {"inception-small", "unet-small"}


def test_the_grid_is_a_grid():
    study = find_study("filter-grid")
    assert [variant.name for variant in study.variants] == [
        "filters-32-3x3",
        "filters-64-3x3",
        "filters-32-5x5",
        "filters-64-5x5",
    ]
    assert len({variant.recipe.describe() for variant in study.variants}) == 1


@pytest.mark.parametrize("name", ["overfitting", "svm-vs-cnn"])
def test_the_studies_of_document_e_draw_the_fifth_that_the_document_draws(name):
    protocol = find_study(name).protocol
    assert (protocol.validation, protocol.validation_fraction) == ("drawn", 0.2)
    assert protocol.validation_seed == 13


@pytest.mark.parametrize("name", ["fc-vs-cnn", "pool-vs-stride"])
def test_the_studies_as_printed_hold_out_the_last_fifth(name):
    protocol = find_study(name).protocol
    assert (protocol.validation, protocol.validation_fraction) == ("tail", 0.2)


def test_the_schedule_falls_where_the_document_says():
    from versus.backend import keras
    from versus.library.resnet_schedule import STEPS, stepped

    assert math.ceil(54_000 / 128) == STEPS
    schedule = stepped(1e-3)
    rate = getattr(keras.optimizers.schedules, schedule.name)(**schedule.options)
    rates = {0: 1e-3, 80: 1e-3, 81: 1e-4, 120: 1e-4, 121: 1e-5, 160: 1e-5, 161: 1e-6, 180: 1e-6}
    for epoch, wanted in {**rates, 181: 5e-7, 199: 5e-7}.items():
        for step in (epoch * STEPS, (epoch + 1) * STEPS - 1):
            assert float(rate(step)) == pytest.approx(wanted, rel=1e-5), epoch


@pytest.mark.parametrize("columns", ["", "60", "80", "200"])
def test_studies_are_listed_and_shown(columns, capsys, monkeypatch):
    if columns:  # of a terminal; a pipe has no width to keep to
        monkeypatch.setenv("COLUMNS", columns)
    assert run_command(["study", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in STUDIES)
    assert run_command(["study", "show", "kernel-size-controlled"]) == 0
    shown = capsys.readouterr().out
    assert "adadelta 1, batch 128, 12 epochs" in " ".join(shown.split())
    assert "Document B" in shown
