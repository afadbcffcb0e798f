"""Several commands on one study, really: each run made once, whoever is killed."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from affinity import ON_TWO_CORES

from versus.results.prunable import prunable, prune
from versus.results.store import DirectoryStore
from versus.studies.result import read_result

MANY_RUNS = Path(__file__).parents[2] / "benchmarks" / "many_runs.py"

# A study of four runs that train nothing and take a while, by one command; it says what it does.
COMMAND = f"""
import sys, time
sys.path.insert(0, {str(MANY_RUNS.parent)!r})
import many_runs
from versus.studies import work
from versus.studies.observer import Observer
from versus.studies.runner import run_study

folder, pause, jobs = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])

def slow(*arguments):
    time.sleep(pause)
    return many_runs.no_training(*arguments)

work.run_trial = slow

class Telling(Observer):
    def run_started(self, run):
        print("started", f"{{run.variant.name}}/{{run.seed}}", flush=True)
    def run_ended(self, record):
        print("ended", f"{{record.variant}}/{{record.seed}}", flush=True)
    def run_made_elsewhere(self, record):
        print("elsewhere", f"{{record.variant}}/{{record.seed}}", flush=True)
    def waiting_for_others(self, runs):
        print("waiting", *runs.values(), flush=True)

result = run_study(many_runs.make_study(2, 2), folder, observer=Telling(), jobs=jobs)
print("result", len(result.records), result.verdicts, flush=True)
"""


@contextlib.contextmanager
def start(folder, pause=0.0, jobs=1, **options):
    order = [sys.executable, "-c", COMMAND, str(folder), str(pause), str(jobs)]
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process, word):
    """Return the rest of the first line that begins with `word`."""
    for line in process.stdout:
        if line.startswith(word):
            return line.split()[1:]
    raise AssertionError(f"{word} was never said")


def words(out, word):
    return [line.split()[1] for line in out.splitlines() if line.startswith(word)]


def hidden_files(folder):
    return [path for path in folder.rglob(".*") if path.is_file()]


def test_eight_commands_in_short():
    """`benchmarks/many_runs.py` with few runs: none is lost, none is made twice."""
    spec = importlib.util.spec_from_file_location("many_runs", MANY_RUNS)
    many_runs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(many_runs)
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = many_runs.share(Path(folder) / "study", processes=3, variants=2, seeds=30)
    wrong = ("lost", "unasked", "made twice", "made by nobody", "damaged", "left behind")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert found["results"] == 1, "every command has the same result"
    assert sum(found["made by each"]) == 60


def test_the_second_command_takes_other_runs_and_waits_for_the_rest(tmp_path):
    folder = tmp_path / "study"
    with start(folder, pause=1.0) as first:
        held = until(first, "started")[0]
        with start(folder, pause=1.0) as second:
            theirs, _ = second.communicate()
        ours, _ = first.communicate()
    assert first.returncode == second.returncode == 0
    made = [held, *words(ours, "started")]
    both = [*made, *words(theirs, "started")]
    assert sorted(both) == ["v0/0", "v0/1", "v1/0", "v1/1"], "each run once"
    assert held not in words(theirs, "started")
    results = [
        next(line for line in out.splitlines() if "result" in line) for out in (ours, theirs)
    ]
    assert results[0] == results[1]
    assert hidden_files(folder) == []


def test_what_a_killed_command_held_is_made_by_the_other(tmp_path):
    folder = tmp_path / "study"
    with start(folder, pause=600.0) as first:
        (held,) = until(first, "started")
        lock = folder / held.split("/")[0] / f".{held.split('/')[1]}.lock"
        with start(folder) as second:
            who = until(second, "waiting")
            assert f"process {first.pid} on" in " ".join(who)
            first.kill()
            assert first.wait() == -signal.SIGKILL
            assert lock.exists(), "the dead one's lock lies there"
            out, _ = second.communicate()
    assert second.returncode == 0
    assert words(out, "ended") == [held]
    assert len(read_result(folder).records) == 4
    assert hidden_files(folder) == []


def test_locks_that_nobody_holds_lock_nothing(tmp_path):
    """Of a dead process, of a copied folder, of yesterday or tomorrow: only text."""
    folder = tmp_path / "study"
    (folder / "v0").mkdir(parents=True)
    for name in (".lock", ".at-work", "v0/.0.lock", "v0/.77.lock"):
        (folder / name).write_text("process 1 on elsewhere, since 2999-01-01T00:00:00+00:00")
    store = DirectoryStore(folder)
    assert store.claimed_by("v0", 0) is None
    with start(folder) as process:
        process.communicate()
    assert process.returncode == 0
    assert len(read_result(folder).records) == 4
    assert hidden_files(folder) == []


def test_prune_leaves_what_another_command_works_on(tmp_path):
    folder = tmp_path / "study"
    with start(folder, pause=600.0) as process:
        (held,) = until(process, "started")
        name, seed = held.split("/")
        busy = folder / name / f".{seed}.checkpoint"
        for place in (busy, folder / "v0" / ".9.checkpoint", folder / "gone" / ".0.checkpoint"):
            place.mkdir(parents=True)
            (place / "checkpoint.npz").write_bytes(b"state")
        store = DirectoryStore(folder)
        forgotten = [folder / "gone" / ".0.checkpoint", folder / "v0" / ".9.checkpoint"]
        assert prunable(store) == {"checkpoint": forgotten}
        assert prune(store) == {"checkpoint": forgotten}
        assert busy.exists()
        assert store.claimed_by(name, int(seed)) is not None
        process.kill()
    assert busy not in prune(store).get("checkpoint", []), "it is asked for, and not made yet"
    assert busy.exists()
    assert hidden_files(folder) == []


def children(pid):
    """Return every process below `pid`, by the system's own word."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = place.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] not in "ZX":
                child = int(place.parent.name)
                found += [child, *children(child)]
    return found


def gone(pid, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                time.sleep(0.02)
                continue
        return True
    return False


@pytest.mark.parametrize(
    "fresh", [False, pytest.param(True, marks=ON_TWO_CORES)], ids=["forked", "fresh"]
)
def test_no_process_outlives_a_killed_command(tmp_path, monkeypatch, fresh):
    # With a thread more, which OpenBLAS starts by itself, a command cannot be forked.
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2" if fresh else "1")
    with start(tmp_path / "study", pause=600.0, jobs=2) as process:
        until(process, "started")
        until(process, "started")
        below = children(process.pid)
        assert len(below) == (4 if fresh else 3), "a server (and its interpreter) and two runs"
        process.kill()
        process.wait()
    assert all(gone(pid) for pid in below)


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_ctrl_c_reaches_all_processes_and_leaves_none(tmp_path, monkeypatch, again):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    alone = {"stderr": subprocess.PIPE, "start_new_session": True}
    with start(tmp_path / "study", pause=600.0, jobs=2, **alone) as process:
        until(process, "started")
        until(process, "started")
        below = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        if again:
            time.sleep(0.1)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in err.splitlines()[-1]
    assert all(gone(pid) for pid in below)
    assert read_result_count(tmp_path / "study") == 0
    with start(tmp_path / "study") as process:
        process.communicate()
    assert read_result_count(tmp_path / "study") == 4


def read_result_count(folder):
    return len(DirectoryStore(folder).survey().records)
