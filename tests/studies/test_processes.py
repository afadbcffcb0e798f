"""Runs in other processes: any builder, the same bits, and a death is not the end of a run."""

import functools
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from affinity import ON_TWO_CORES
from chaos import digest
from dying import die

from versus import backend, cores
from versus.backend import keras, threads
from versus.errors import ModelError
from versus.models.build import build
from versus.models.builder import load_module
from versus.studies.observer import Observer
from versus.studies.processes import jobs
from versus.studies.processes.death import describe_death
from versus.studies.processes.local import ProcessExecutor
from versus.studies.processes.starting import NoServer
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.fit import fit
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)

NETS = """
from versus.backend import keras

def net(shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), head])
"""


class Watching(Observer):
    def __init__(self):
        self.epochs, self.retries, self.serial = [], [], []

    def epoch_ended(self, run, epoch, values):
        self.epochs.append((run.variant.name, epoch))

    def run_retried(self, run, reason, attempt):
        self.retries.append((run.variant.name, reason, attempt))

    def one_at_a_time(self, reason):
        self.serial.append(reason)


def dense(input_shape, classes, width=8):
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(width)]
    head = [keras.layers.Dropout(0.2), keras.layers.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), *layers, *head])


def test_every_kind_of_builder_after_training_here_with_threads_gives_the_same_bits(
    tiny, tmp_path, monkeypatch
):
    """The caller has threads of torch by then, as a notebook has: it cannot be forked."""
    width = 6
    (tmp_path / "nets.py").write_text(NETS)
    (tmp_path / "nets_of_a_package.py").write_text(NETS)
    monkeypatch.syspath_prepend(str(tmp_path))
    build(dense, tiny.input_shape, 3, 1).save(tmp_path / "saved.keras")
    builders = {
        "built-in": "cnn-stride",
        "file": f"{tmp_path / 'nets.py'}:net",
        "package": "nets_of_a_package:net",
        "saved": str(tmp_path / "saved.keras"),
        "function": dense,
        "closure": lambda shape, classes: dense(shape, classes, width),
        "partial": functools.partial(dense, width=4),
    }
    variants = [Variant(name, model, RECIPE) for name, model in builders.items()]
    study = Study("?", tiny, variants, seeds=1)
    with threads(2):
        fit(build("cnn-stride", tiny.input_shape, 3), tiny, RECIPE, verbose=0)
    found = {}
    for count in (1, 3):
        watching = Watching()
        result = run_study(study, tmp_path / str(count), jobs=count, observer=watching)
        assert watching.serial == []
        assert [r.status for r in result.records] == ["finished"] * len(builders)
        found[count] = digest(tmp_path / str(count))
    assert len(found[1]) == len(builders)
    assert found[1] == found[3], "weights, histories, predictions and metrics"


SCRIPT = """
import sys
import versus
from versus.backend import keras
from versus.studies.processes import starting
from versus.studies.observer import Observer
from versus.studies.runner import run_study

@keras.saving.register_keras_serializable("mine")
class Twice(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs

def net(shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(shape), Twice(), keras.layers.Flatten(), head])

class Loud(Observer):
    def one_at_a_time(self, reason):
        sys.exit(f"one at a time: {reason}")

if sys.argv[2] == "forked":
    starting._fresh = None
else:
    starting._forked = None
recipe = versus.Recipe(epochs=1)
study = versus.Study("?", "digits", [versus.Variant("mine", net, recipe)], seeds=2)
result = run_study(study, sys.argv[1], jobs=2, observer=Loud())
assert [r.status for r in result.records] == ["finished"] * 2, result.failed
"""


@ON_TWO_CORES
def test_a_script_gives_the_same_forked_or_from_a_fresh_interpreter(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    for way, openblas in (("forked", "1"), ("fresh", "2")):
        order = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / way), way]
        done = subprocess.run(
            order,
            env={**os.environ, "OPENBLAS_NUM_THREADS": openblas},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "forked") == digest(tmp_path / "fresh")


def test_what_cannot_be_sent_is_said_and_run_here(tiny, tmp_path):
    lock = threading.Lock()  # cannot be pickled

    def locked(shape, classes):
        with lock:
            return dense(shape, classes)

    watching = Watching()
    study = Study("?", tiny, [Variant("locked", locked, RECIPE)], seeds=2)
    result = run_study(study, tmp_path, jobs=2, observer=watching)
    (reason,) = watching.serial
    assert "lock" in reason
    assert [r.status for r in result.records] == ["finished"] * 2


def test_a_source_that_changes_after_the_plan_is_not_run_elsewhere(tiny, tmp_path, monkeypatch):
    path = tmp_path / "nets.py"
    path.write_text(NETS)
    monkeypatch.chdir(tmp_path)

    class Editing(Watching):
        def study_started(self, plan):
            self.hashes = {run.config.builder_sha256 for run in plan.runs}

    from versus.studies import runner

    def edited(*arguments, **options):
        path.write_text(NETS.replace('"softmax"', '"softmax", use_bias=False'))
        return ProcessExecutor(*arguments, **options)

    monkeypatch.setattr(runner, "ProcessExecutor", edited)
    watching = Editing()
    study = Study("?", tiny, [Variant("net", "nets.py:net", RECIPE)], seeds=2)
    result = run_study(study, tmp_path / "out", jobs=2, observer=watching)
    assert "source of model 'nets.py:net' has changed" in watching.serial[0]
    assert {r.config.builder_sha256 for r in result.records} == watching.hashes
    assert {r.parameters for r in result.records} == {195}, "the network that was planned"


def test_a_file_read_for_another_study_does_not_hinder(tiny, tmp_path):
    """It may rest on what is gone by now; read it was, long ago."""
    other = tmp_path / "other.py"
    other.write_text(NETS + f"open({str(tmp_path / 'gone')!r}).close()\n")
    (tmp_path / "gone").touch()
    load_module(other, ModelError)
    (tmp_path / "gone").unlink()
    with pytest.raises(ModelError, match="No such file"):
        load_module(Path(shutil.copy(other, tmp_path / "again.py")), ModelError)
    watching = Watching()
    study = Study("?", tiny, [Variant("dense", dense, RECIPE)], seeds=2)
    result = run_study(study, tmp_path / "out", jobs=2, observer=watching)
    assert (watching.serial, [r.status for r in result.records]) == ([], ["finished"] * 2)


def test_a_file_that_is_needed_and_fails_there_is_said(tiny, tmp_path, monkeypatch):
    path = tmp_path / "nets.py"
    path.write_text(NETS)
    monkeypatch.chdir(tmp_path)

    from versus.studies import runner

    def broken(*arguments, **options):
        path.write_text(NETS + "1 / 0\n")
        return ProcessExecutor(*arguments, **options)

    monkeypatch.setattr(runner, "ProcessExecutor", broken)
    watching = Watching()
    study = Study("?", tiny, [Variant("net", "nets.py:net", RECIPE)], seeds=2)
    run_study(study, tmp_path / "out", jobs=2, observer=watching)
    assert "nets.py:7: ZeroDivisionError" in watching.serial[0]


class KillsOnce(keras.layers.Layer):
    """Kills its process at its fifth training step, if nobody has done that before."""

    def __init__(self, mark=None, number=9, **options):
        super().__init__(**options)
        self.mark, self.number, self.steps = mark, number, 0

    def call(self, inputs, training=False):
        if training and len(inputs) > 1 and self.mark:
            self.steps += 1
            with Path(f"{self.mark}.steps").open("a") as file:
                file.write(".")
            if self.steps == 5 and not Path(self.mark).exists():
                Path(self.mark).write_text("killed")
                die(self.number)
        return inputs

    def get_config(self):  # the mark is no part of the network
        return super().get_config()


def killed_once(input_shape, classes, mark, number):
    head = keras.layers.Dense(classes, activation="softmax")
    kills = KillsOnce(str(mark), number, name="kills")
    layers = [keras.layers.Rescaling(1 / 255), kills, keras.layers.Flatten(), head]
    return keras.Sequential([keras.Input(input_shape), *layers])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda n: n.name)
def test_a_run_whose_process_dies_goes_on_from_its_last_save(tiny, tmp_path, number):
    done = tmp_path / "done"
    done.write_text("no kill")
    found = {}
    for name, mark in (("whole", done), ("killed", tmp_path / "mark")):
        watching = Watching()
        builder = functools.partial(killed_once, mark=mark, number=number)
        study = Study("?", tiny, [Variant("v", builder, RECIPE), Variant("w", dense)], seeds=1)
        result = run_study(
            study.with_changes(epochs=2), tmp_path / name, jobs=2, observer=watching, save_every=0
        )
        assert [r.status for r in result.records] == ["finished"] * 2
        found[name] = digest(tmp_path / name)["v/0"]
    assert (tmp_path / "mark").exists(), "the kill happened"
    ((variant, reason, attempt),) = watching.retries
    assert (variant, attempt) == ("v", 2)
    assert number.name in reason
    whole, killed = (len(Path(f"{p}.steps").read_text()) for p in (done, tmp_path / "mark"))
    assert killed < 5 + whole, "the second attempt did not train from the start"
    assert found["whole"] == found["killed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((-9, 3_000_000_000, (4, 5)), "likely out of memory, as the system has killed"),
        ((-9, 3_000_000_000, (4, 5)), "it had used at most 3 GB of memory"),
        ((-9, 0, (4, 4)), "the system counts no kill for want of memory meanwhile"),
        ((-9, 0, (None, None)), "likely out of memory, or somebody sent it"),
        ((-11,), "killed by SIGSEGV (a crash in compiled code)"),
        ((-15,), "killed by SIGTERM"),
        ((3,), "ended with exit code 3 before its record was written"),
        ((None,), "nothing says how"),
    ],
)
def test_a_death_in_words(arguments, said):
    assert said in describe_death(*arguments)


def test_a_server_that_is_killed_is_replaced():
    pids = []

    def work(task, tell):
        tell("pid", os.getpid())
        if task < 2:
            signal.pause()
        return task

    def take():
        return jobs_left.pop(0) if jobs_left else None

    from versus.studies.processes.executor import Died, Task

    jobs_left = [Task(n) for n in range(4)]
    with ProcessExecutor(work, 2) as executor:
        server = executor._server.pid

        def tell(event, pid):
            pids.append(pid)
            if len(pids) == 2:
                os.kill(server, signal.SIGKILL)

        outcomes = dict(executor.map(take, tell))
        assert executor._server.pid != server
    assert isinstance(outcomes[0], Died)
    assert isinstance(outcomes[1], Died)
    assert (outcomes[2], outcomes[3]) == (2, 3)


@pytest.mark.timeout(60)
def test_a_death_that_is_heard_of_after_its_server_was_replaced_is_waited_for_by_nobody():
    """Names of processes start anew with every server: the next one's are not the lost one's."""
    from versus.studies.processes.executor import Died, Task

    with ProcessExecutor(lambda task, tell: task, 2) as executor:
        lost = executor._server
        ours, theirs = multiprocessing.Pipe()
        executor._active[ours] = (lost, 2, 0, None)  # still to be heard of
        executor._lose_server()

        def take():
            if jobs_left:
                return jobs_left.pop()
            theirs.close()
            return None

        jobs_left = [Task(1)]
        outcomes = dict(executor.map(take, lambda *_: None))
        assert executor._server is not lost
    assert outcomes[1] == 1
    assert isinstance(outcomes[0], Died)
    assert "nothing says how" in outcomes[0].reason


def test_the_number_of_jobs(monkeypatch, tmp_path):
    monkeypatch.setattr(cores, "QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: range(6), raising=False)
    assert cores.cores() == 6
    assert [jobs.choose_jobs(None, t, 100) for t in (1, 2, 4, 9)] == [6, 3, 1, 1]
    assert [jobs.choose_jobs(None, 1, missing) for missing in (0, 1, 4)] == [1, 1, 4]
    assert [jobs.choose_jobs(asked, 1, 4) for asked in (1, 3, 9)] == [1, 3, 4]
    for text, count in (("200000 100000", 2), ("150000 100000", 2), ("max 100000", 6), ("?", 6)):
        (tmp_path / "cpu.max").write_text(text)
        assert cores.cores() == count
    monkeypatch.setattr(backend, "device_name", lambda: "cuda")
    assert jobs.choose_jobs(8, 1, 8) == 1


def test_a_problem_of_the_work_is_told():
    class Impossible:
        def problem(self):
            return "not here"

        def __call__(self, number, tell):
            return number

    with pytest.raises(NoServer, match="not here"):
        ProcessExecutor(Impossible(), 2)
