"""A study over damaged runs, full disks and no disk at all: named, made again, nothing hidden."""

import errno
import os

import pytest

from versus.backend import keras
from versus.errors import DamagedError, NewerFormatError, ResultsError
from versus.filesystem.operations import Disk
from versus.reports.page import render_report
from versus.results.memory import MemoryStore
from versus.results.seal import FORMAT
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=1)


def line(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    scale = keras.layers.Rescaling(1 / 255)
    return keras.Sequential([keras.Input(input_shape), scale, keras.layers.Flatten(), head])


class Watching(Observer):
    def __init__(self):
        self.aside, self.ended = [], []

    def run_set_aside(self, damage, place):
        self.aside.append((damage.variant, damage.seed, damage.reason, place))

    def run_ended(self, record):
        self.ended.append((record.variant, record.seed))


@pytest.fixture
def study(tiny):
    return Study("?", tiny, [Variant("a", line, RECIPE), Variant("b", line, RECIPE)], seeds=2)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["record.json", "predictions.npz", "model.keras"])
def test_a_damaged_run_is_set_aside_and_made_again(study, tmp_path, name, jobs):
    first = run_study(study, tmp_path)
    path = tmp_path / "b/1" / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    watching = Watching()
    again = run_study(study, tmp_path, observer=watching, jobs=jobs)
    ((variant, seed, reason, place),) = watching.aside
    assert (variant, seed, place) == ("b", 1, tmp_path / ".damaged/b/1.1")
    assert str(path) in reason
    assert watching.ended == [("b", 1)]
    assert again.damaged == ()
    assert [r.metrics for r in again.records] == [r.metrics for r in first.records]
    assert (place / name).read_bytes() == whole[:-9], "nothing in it was changed"


def test_reading_names_the_damaged_run_and_changes_nothing(study, tmp_path):
    run_study(study, tmp_path)
    (tmp_path / "a/0/history.csv").write_bytes(b"epoch,loss\n")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    result = read_result(tmp_path)
    assert [(r.variant, r.seed) for r in result.records] == [("a", 1), ("b", 0), ("b", 1)]
    assert [(d.variant, d.seed) for d in result.damaged] == [("a", 0)]
    assert "a/0/history.csv" in result.to_dict()["damaged"]["a/0"]
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_a_damaged_run_that_was_not_asked_for_stays_where_it_is(study, tmp_path):
    run_study(study, tmp_path)
    (tmp_path / "b/1/record.json").write_bytes(b"{")
    watching = Watching()
    result = run_study(study.with_changes(seeds=1), tmp_path, observer=watching)
    assert watching.aside == watching.ended == []
    assert [(d.variant, d.seed) for d in result.damaged] == [("b", 1)]
    assert result.verdicts[0].n == 1


def test_the_rule_cannot_be_changed_after_damage(study, tmp_path):
    run_study(study.with_changes(seeds=1, variants=["a"]), tmp_path)
    (tmp_path / "a/0/record.json").write_bytes(b"{")
    other = Study("another?", study.data, study.variants, seeds=1)
    with pytest.raises(ResultsError, match="holds a study with question"):
        run_study(other, tmp_path)


def test_a_damaged_study_file_stops_the_study(study, tmp_path):
    run_study(study, tmp_path)
    path = tmp_path / "study.json"
    path.write_text(path.read_text().replace('"margin": null', '"margin": 0.05'))
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(DamagedError, match=r"study\.json: damaged: its values are not those"):
        run_study(study, tmp_path)
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_a_newer_run_is_refused_and_left(study, tmp_path):
    run_study(study, tmp_path)
    path = tmp_path / "a/0/record.json"
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', '"format": 99'))
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(NewerFormatError, match="newer versus in format 99"):
        run_study(study, tmp_path)
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_the_report_says_what_could_not_be_read(study, tmp_path):
    from versus.reports.links import Links

    run_study(study, tmp_path)
    (tmp_path / "a/0/history.csv").write_bytes(b"epoch,loss\n")
    page = render_report(read_result(tmp_path), Links(tmp_path, tmp_path))
    assert "1 run could not be read (a/0) and is in no number here" in page


class Full(Disk):
    """No room from the second run on."""

    def __init__(self):
        self.runs = self.refused = 0

    def create(self, path):
        self.runs += path.name == "config.json"
        if self.runs > 1:
            self.refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().create(path)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_full_disk_stops_the_study_and_the_same_command_goes_on(study, tmp_path, jobs):
    whole = run_study(study, tmp_path / "whole")
    watching, folder = Watching(), tmp_path / "full"
    # Processes count for themselves: with two of them, each writes one run at most.
    disk = Full()
    disk.runs = 0 if jobs == 1 else 1
    with pytest.raises(ResultsError, match=r"full/[ab]/[01]: No space left on device: free some"):
        run_study(study, DirectoryStore(folder, disk), observer=watching, jobs=jobs)
    assert disk.refused or jobs > 1
    assert watching.ended == ([("a", 0)] if jobs == 1 else [])
    assert not list(folder.rglob("*.tmp"))
    again = run_study(study, folder)
    assert [r.metrics for r in again.records] == [r.metrics for r in whole.records]


def test_a_full_temporary_folder_is_no_failed_run(study, tmp_path, monkeypatch):
    calls = []

    def full(model):
        calls.append(model)
        raise OSError(errno.ENOSPC, "No space left on device", "/tmp/there")

    monkeypatch.setattr("versus.studies.trial.saved", full)
    with pytest.raises(ResultsError, match="/tmp/there: No space left on device: free some space"):
        run_study(study, tmp_path)
    assert len(calls) == 1
    assert list(DirectoryStore(tmp_path).records()) == []


def test_a_study_in_memory(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = MemoryStore()
    result = run_study(study, store)
    on_disk = run_study(study, tmp_path / "disk")
    assert [r.metrics for r in result.records] == [r.metrics for r in on_disk.records]
    assert not (tmp_path / "memory").exists()
    watching = Watching()
    store.files["a/0/record.json"] = b"{"
    run_study(study, store, observer=watching)
    assert watching.ended == [("a", 0)]
