"""How a study stands, asked from its folder: before, while it runs, after a kill, at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand import STANDS, beat

from versus.errors import NewerFormatError, ResultsError
from versus.results.progress import ProgressFile
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.studies.watching.status_reader import StatusReader
from versus.training.recipe import Recipe

GOLDEN = Path(__file__).parent / "golden" / "status.json"
RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
LONG = """
import sys
import versus
from versus.backend import keras
from versus.studies.runner import run_study

def net(shape, classes):
    L = keras.layers
    return keras.Sequential([keras.Input(shape), L.Rescaling(1 / 255), L.Flatten(),
                             L.Dense(classes, activation="softmax")])

recipe = versus.Recipe(epochs=100000, batch_size=64)
study = versus.Study("?", "digits", [versus.Variant("one", net, recipe),
                                     versus.Variant("two", net, recipe)], seeds=2, name="long")
run_study(study, sys.argv[1], jobs=int(sys.argv[2]), save_every=0.2, command="versus run long.py")
"""


@pytest.fixture
def study(tiny):
    variants = [Variant("fc", recipe=RECIPE), Variant("cnn", "cnn-stride", RECIPE)]
    return Study("Which?", tiny, variants, seeds=2, name="pair")


def states(status):
    return {run.name: run.state for run in status.runs}


def until(question, seconds=240.0):
    """Return what `question` finds, once it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = question()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail("it did not come to that in time")


class Stops(Observer):
    def study_started(self, plan):
        raise KeyboardInterrupt


@pytest.mark.timeout(900)
@pytest.mark.parametrize("jobs", [1, 2])
def test_another_process_sees_a_study_run_and_die(tmp_path, jobs):
    script, folder = tmp_path / "long.py", tmp_path / "out"
    script.write_text(LONG)
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(jobs)], start_new_session=True
    )
    try:
        until((folder / "study.json").exists)
        reader = StatusReader(folder)

        def trained():
            found = reader.read()
            under_way = found.of("running")
            ready = [r for r in under_way if r.checkpoint and r.progress.pictures_per_second]
            return found if len(ready) == jobs else None

        found = until(trained)
        assert found.state == "running"
        assert not found.final
        for run in found.of("running"):
            assert run.progress.epochs == 100000
            assert run.progress.stage in ("training", "validating")
            assert 0 <= run.progress.accuracy <= 1
            assert run.progress.seconds_left > 0
            assert run.worker.alive is True
            assert run.worker.silent_seconds < 30
            assert (run.worker.pid == process.pid) == (jobs == 1)
        assert found.seconds_left > 0
        assert len(found.of("waiting")) == 4 - jobs
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    pids = [run.worker.pid for run in found.of("running")]
    until(lambda: all(_gone(pid) for pid in pids))
    found = reader.read()
    assert found.state == "stopped"
    assert len(found.of("stopped")) == jobs
    for run in found.of("stopped"):
        assert run.worker.alive is False
        assert (run.checkpoint.epoch, run.checkpoint.step) > (0, 0)
    assert found.command == "versus run long.py"
    # Whoever goes on cleans up first; a run that was saved waits, and goes on from there.
    store = DirectoryStore(folder)
    store.settle()
    assert not list(folder.glob("*/.*.progress.json"))
    found = StatusReader(folder).read()
    assert set(states(found).values()) == {"waiting"}
    assert found.state == "stopped"
    assert sum(run.checkpoint is not None for run in found.runs) == jobs


def _gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def test_planned_then_over(study, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Stops(), command="versus run pair")
    found = StatusReader(tmp_path).read()
    assert (found.state, found.final, found.seconds_left) == ("planned", False, None)
    assert set(states(found).values()) == {"waiting"}
    assert list(states(found)) == ["fc/0", "cnn/0", "fc/1", "cnn/1"]
    assert found.verdicts == () or all(v.n == 0 for v in found.verdicts)

    result = run_study(study, tmp_path, command="versus run pair")
    found = StatusReader(tmp_path).read()
    assert (found.state, found.final, found.report) == ("finished", True, None)
    assert list(found.verdicts) == result.verdicts == read_result(tmp_path).verdicts
    accuracies = {run.name: run.outcome.accuracy for run in found.runs}
    assert accuracies == {
        f"{r.variant}/{r.seed}": r.metrics["test"]["accuracy"] for r in result.records
    }
    (tmp_path / "report.html").write_text("page")
    assert StatusReader(tmp_path).read().report == str(tmp_path / "report.html")


def test_a_reader_reads_finished_runs_once_and_sees_new_ones(study, tmp_path, monkeypatch):
    class Half(Observer):
        def run_ended(self, record):
            if (record.variant, record.seed) == ("cnn", 0):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Half())
    reader = StatusReader(tmp_path)
    found = reader.read()
    assert states(found) == {
        "fc/0": "finished",
        "cnn/0": "finished",
        "fc/1": "waiting",
        "cnn/1": "waiting",
    }
    assert [(v.n, v.word) for v in found.verdicts] == [(1, "can't tell")]
    assert not found.final
    run_study(study, tmp_path)
    read = []
    real = DirectoryStore.read

    def noted(self, variant, seed):
        read.append((variant, seed))
        return real(self, variant, seed)

    monkeypatch.setattr(DirectoryStore, "read", noted)
    found = reader.read()
    assert read == [("fc", 1), ("cnn", 1)]
    assert (found.final, found.verdicts[0].n) == (True, 2)


@pytest.mark.parametrize("name", ["record.json", "study.json"])
def test_damage_and_other_versions(study, tmp_path, name):
    run_study(study, tmp_path)
    path = tmp_path / "fc" / "0" / name if name == "record.json" else tmp_path / name
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "format": 99}))
    if name == "study.json":
        with pytest.raises(NewerFormatError, match="written by a newer versus"):
            StatusReader(tmp_path).read()
        return
    found = StatusReader(tmp_path).read()
    assert states(found)["fc/0"] == "unreadable"
    assert "written by a newer versus" in found.runs[0].reason
    path.write_bytes(b"{")
    found = StatusReader(tmp_path).read()
    assert states(found)["fc/0"] == "damaged"
    assert not found.final


def test_a_clock_that_was_set_back_does_no_harm(study, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Stops())
    store = DirectoryStore(tmp_path)
    file = ProgressFile(store.checkpoint_folder("fc", 0), "fc", 0)
    file.write(beat(epochs=2))
    for clock in (lambda: 0.0, time.time, lambda: time.time() + 1e9):
        found = StatusReader(tmp_path, clock=clock).read()
        assert states(found)["fc/0"] == "running"
        assert found.runs[0].worker.alive is True
        assert found.runs[0].worker.silent_seconds >= 0
    file.remove()


def test_plans_without_costs_are_read_too(study, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Stops())
    for content in ("{}", "[]", "{", '{"multiply_adds": 3}'):
        (tmp_path / "plan.json").write_text(content)
        assert StatusReader(tmp_path).read().state == "planned"


def test_a_study_whose_recipes_another_version_wrote(study, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Stops())
    store = DirectoryStore(tmp_path)
    kept = store.read_study()
    old = [variant.model_copy(update={"recipe": {}}) for variant in kept.variants]
    store.write_study(kept.model_copy(update={"variants": old}))
    assert StatusReader(tmp_path).read().state == "planned"


@pytest.mark.parametrize("place", ["missing", "."])
def test_no_study(tmp_path, place):
    with pytest.raises(ResultsError, match="no study here"):
        StatusReader(tmp_path / place).read()


def test_the_json_is_what_it_was():
    """What scripts read: fields may be added, none may go or change."""
    found = STANDS["midway"].to_dict()
    assert without_more(found, json.loads(GOLDEN.read_text())) == json.loads(GOLDEN.read_text())


def without_more(found, known):
    """Leave out of `found` the fields that `known` does not have."""
    if isinstance(known, dict):
        return {key: without_more(found[key], known[key]) for key in known if key in found}
    if isinstance(known, list) and len(known) == len(found):
        return [without_more(*pair) for pair in zip(found, known, strict=True)]
    return found
