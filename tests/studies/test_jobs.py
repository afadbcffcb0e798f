"""Runs side by side: the same results as one after the other, and a death is a record."""

import os
import signal

import pytest

from versus.backend import keras
from versus.errors import ConfigurationError
from versus.studies.executor import Died, SerialExecutor
from versus.studies.local import ForkExecutor
from versus.studies.observer import Observer
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
EXECUTORS = {"serial": SerialExecutor(), "two": ForkExecutor(2), "many": ForkExecutor(9)}


class Kills(keras.layers.Layer):
    """Ends its own process, as running out of memory does, once it is trained."""

    def call(self, inputs, training=False):
        if training and len(inputs) > 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return inputs


def killing(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), Kills(), keras.layers.Flatten(), head])


class Recording(Observer):
    def __init__(self):
        self.started, self.epochs, self.ended = [], [], []

    def run_started(self, run):
        self.started.append((run.variant.name, run.seed))

    def epoch_ended(self, run, epoch, values):
        self.epochs.append((run.variant.name, run.seed, epoch, sorted(values)))

    def run_ended(self, record):
        self.ended.append((record.variant, record.seed))


@pytest.fixture
def study(tiny):
    variants = [Variant("fc-dropout", recipe=RECIPE), Variant("cnn-stride", recipe=RECIPE)]
    return Study("?", tiny, variants, seeds=2, name="pair")


def test_results_do_not_depend_on_the_jobs(study, tmp_path):
    found = {}
    for jobs in (1, 2):
        recording = Recording()
        result = run_study(study, tmp_path / str(jobs), jobs=jobs, observer=recording)
        files = ("history.csv", "predictions.npz")
        found[jobs] = [(r.config, r.metrics, [r.files[f] for f in files]) for r in result.records]
        assert sorted(recording.started) == sorted(recording.ended)
        assert len(recording.ended) == 4
        assert len({e[:3] for e in recording.epochs}) == 8
    assert found[1] == found[2]


def test_a_process_that_dies_is_a_record_and_the_study_goes_on(study, tiny, tmp_path):
    variants = [Variant("killing", killing, RECIPE), Variant("fc", recipe=RECIPE)]
    result = run_study(Study("?", tiny, variants, seeds=2), tmp_path, jobs=2)
    status = {(r.variant, r.seed): r.status for r in result.records}
    assert status == {
        ("killing", 0): "failed",
        ("killing", 1): "failed",
        ("fc", 0): "finished",
        ("fc", 1): "finished",
    }
    assert result.failed[0].error == "its process died (exit code -9)"


@pytest.mark.parametrize("jobs", [0, -1])
def test_there_is_at_least_one_job(study, tmp_path, jobs):
    with pytest.raises(ConfigurationError, match="jobs: expected at least 1"):
        run_study(study, tmp_path / "out", jobs=jobs)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("executor", EXECUTORS.values(), ids=EXECUTORS)
def test_every_executor_yields_every_outcome_and_passes_on_what_is_told(executor):
    told = []

    def work(task, tell):
        tell("half way", task)
        return task * 10

    outcomes = list(executor.map(work, range(7), lambda *event: told.append(event)))
    assert sorted(outcomes) == [0, 10, 20, 30, 40, 50, 60]
    assert sorted(told) == [("half way", n) for n in range(7)]


def test_a_death_names_its_task():
    def work(task, tell):
        if task == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    outcomes = list(ForkExecutor(2).map(work, range(3), lambda *event: None))
    (died,) = [outcome for outcome in outcomes if isinstance(outcome, Died)]
    assert (died.task, died.exit_code) == (1, -9)
    assert sorted(o for o in outcomes if not isinstance(o, Died)) == [0, 2]


def test_processes_end_with_the_one_that_started_them():
    running = []

    def work(task, tell):
        tell("pid", os.getpid())
        signal.pause()

    def tell(event, pid):
        running.append(pid)
        if len(running) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ForkExecutor(2).map(work, range(2), tell))
    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
