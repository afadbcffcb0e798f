"""Runs side by side: the same results as one after the other, and a death is a record."""

import os
import signal
import time
from pathlib import Path

import pytest
from dying import die

from versus.backend import keras
from versus.errors import ConfigurationError
from versus.studies.observer import Observer
from versus.studies.processes.executor import Died, SerialExecutor, Task
from versus.studies.processes.local import ProcessExecutor
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
EXECUTORS = {
    "serial": SerialExecutor,
    "two": lambda work: ProcessExecutor(work, 2),
    "many": lambda work: ProcessExecutor(work, 9),
}


def taker(count):
    tasks = iter(range(count))
    return lambda: next((Task(number) for number in tasks), None)


class Kills(keras.layers.Layer):
    """Ends its own process, as running out of memory does, once it is trained."""

    def call(self, inputs, training=False):
        if training and len(inputs) > 1:
            die()
        return inputs


def killing(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), Kills(), keras.layers.Flatten(), head])


class Recording(Observer):
    def one_at_a_time(self, reason):
        raise AssertionError(f"these runs were to go on side by side: {reason}")

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
    study = Study("?", tiny, variants, seeds=2)
    result = run_study(study, tmp_path, jobs=2, observer=Recording())
    status = {(r.variant, r.seed): r.status for r in result.records}
    assert status == {
        ("killing", 0): "failed",
        ("killing", 1): "failed",
        ("fc", 0): "finished",
        ("fc", 1): "finished",
    }
    assert "its process was killed by SIGKILL, not by versus: " in result.failed[0].error
    assert "(the last of 3 attempts)" in result.failed[0].error


@pytest.mark.parametrize("jobs", [0, -1])
def test_there_is_at_least_one_job(study, tmp_path, jobs):
    with pytest.raises(ConfigurationError, match="jobs: expected at least 1"):
        run_study(study, tmp_path / "out", jobs=jobs)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("make", EXECUTORS.values(), ids=EXECUTORS)
def test_every_executor_yields_every_outcome_and_passes_on_what_is_told(make):
    told = []

    def work(task, tell):
        tell("half way", task)
        return task * 10

    with make(work) as executor:
        outcomes = dict(executor.map(taker(7), lambda *event: told.append(event)))
    assert outcomes == {n: 10 * n for n in range(7)}
    assert sorted(told) == [("half way", n) for n in range(7)]


def test_a_death_names_its_task():
    def work(task, tell):
        if task == 1:
            die()
        return task

    with ProcessExecutor(work, 2) as executor:
        outcomes = dict(executor.map(taker(3), lambda *event: None))
    assert isinstance(outcomes[1], Died)
    assert outcomes[1].exit_code == -9
    assert (outcomes[0], outcomes[2]) == (0, 2)


def test_processes_end_with_the_one_that_started_them():
    running = []

    def work(task, tell):
        tell("pid", os.getpid())
        signal.pause()

    def tell(event, pid):
        running.append(pid)
        if len(running) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ProcessExecutor(work, 2) as executor:
        list(executor.map(taker(2), tell))
    for pid in running:
        assert gone(pid)


def gone(pid, seconds=10.0):
    """Whether a process ends in time; one that only waits for its parent to look has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False
