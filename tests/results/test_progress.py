"""Progress files: whole or not there, never data, never in the way, gone with their process."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from by_hand import FILES, record
from disks import Around, Counting, Failing, Quota

from versus.filesystem import leftovers
from versus.filesystem.leftovers import identity, lives
from versus.results import progress
from versus.results.progress import ProgressFile, is_abandoned, progress_path, read_progress
from versus.results.store import DirectoryStore
from versus.training.beat import Beat

BEAT = Beat(epochs=5, epoch=2, step=10, steps=40, loss=0.25, accuracy=0.5)


@pytest.fixture
def store(tmp_path):
    return DirectoryStore(tmp_path / "study")


def said(store, seed=0, **options):
    return ProgressFile(store.checkpoint_folder("fc", seed), "fc", seed, **options)


def dead_process() -> str:
    """The identity of a process that has ended."""
    code = "from versus.filesystem.leftovers import identity; print(identity())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return done.stdout.strip()


def left_by(path, process):
    """Change who a progress file says has written it."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "process": process}))


def test_what_is_written_is_read(store):
    file = said(store)
    file.write(BEAT)
    assert file.path == store.root / "fc" / ".0.progress.json"
    found = read_progress(file.path)
    assert (found.variant, found.seed, found.beat) == ("fc", 0, BEAT)
    assert (found.pid, found.process) == (os.getpid(), identity())
    assert lives(found.process) is True
    file.remove()
    assert list((store.root / "fc").iterdir()) == []
    file.remove()  # what is gone already is no error


def test_it_is_written_at_most_so_often(store, monkeypatch):
    now = 50.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    file = said(store)
    steps = []
    for now in (50.0, 50.4, 50.9, 51.0, 51.9, 52.0):
        steps.append(now)
        file.write(Beat(epochs=5, step=len(steps)))
        seen = read_progress(file.path).beat.step
        assert seen == {1: 1, 2: 1, 3: 1, 4: 4, 5: 4, 6: 6}[len(steps)]


def test_a_slow_disk_is_written_to_less_often(store, monkeypatch):
    times = iter([0.0, 0.1, 20.0, 49.9, 50.0, 50.1])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    disk = Counting()
    file = said(store, disk=disk)
    counts = []
    for _ in range(4):  # the first takes a tenth of a second: the next may come 50 s later
        file.write(BEAT)
        counts.append(disk.count)
    assert counts[0] == counts[1] == counts[2] < counts[3]


def test_nothing_is_synced(store):
    (store.root / "fc").mkdir(parents=True)

    class Noting(Around):
        def __init__(self):
            self.names = []

        def do(self, name, operation, *arguments):
            self.names.append(name)
            return operation(*arguments)

    disk = Noting()
    said(store, disk=disk).write(BEAT)
    assert disk.names == ["make_folder", "create", "write", "close", "rename"][-len(disk.names) :]
    assert "rename" in disk.names
    assert "sync" not in disk.names


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=errno.errorcode.get)
def test_no_fault_of_the_disk_reaches_the_run(store, code, lasting):
    (store.root / "fc").mkdir(parents=True)
    counting = Counting()
    said(store, disk=counting, seconds=0.0).write(BEAT)
    for k in range(counting.count + 1):
        disk = Failing(k, code, lasting=lasting)
        file = said(store, seed=k + 1, disk=disk, seconds=0.0)
        file.write(BEAT)
        file.remove()
        assert disk.raised >= 1, "the fault must have happened"
        kept = {path.name for path in (store.root / "fc").iterdir()} - {".0.progress.json"}
        if not lasting:
            assert kept <= {f".{k + 1}.progress.json"}, "at most the file that was not removed"
        for name in kept:
            (store.root / "fc" / name).unlink()


def test_a_full_disk_leaves_what_was_there(store):
    file = said(store, seconds=0.0)
    file.write(BEAT)
    disk = Quota(100)
    full = said(store, seconds=0.0, disk=disk)
    full._next = 0.0
    full.write(Beat(epochs=9))
    assert disk.refused, "it did not fit"
    assert read_progress(file.path).beat == BEAT
    assert [path.name for path in (store.root / "fc").iterdir()] == [".0.progress.json"]


def test_it_is_no_data(store):
    written = store.write(record(seed=7), FILES)
    said(store).write(BEAT)
    assert [*store.records()] == [written]
    assert store.survey(models=True).damaged == ()
    assert store.read("fc", 0) is None
    assert store.leftovers() == [], "its process lives"
    store.settle()
    assert read_progress(progress_path(store.checkpoint_folder("fc", 0), 0)) is not None


@pytest.mark.parametrize("cut", [False, True], ids=["killed", "power lost"])
def test_those_of_killed_processes_are_cleaned(store, cut):
    file = said(store)
    file.write(BEAT)
    if cut:
        file.path.write_bytes(b"")
    else:
        left_by(file.path, dead_process())
    assert is_abandoned(file.path)
    assert store.leftovers() == [file.path]
    store.settle()
    assert not file.path.exists()


def test_of_a_process_elsewhere_nothing_is_known(store):
    file = said(store)
    file.write(BEAT)
    left_by(file.path, "00000000-" + identity().split("-", 1)[1])
    assert lives(read_progress(file.path).process) is None
    assert store.leftovers() == []


def test_fields_of_another_version_hide_no_process(store):
    file = said(store)
    file.write(BEAT)
    content = json.loads(file.path.read_text())
    file.path.write_text(json.dumps({**content, "format": 99, "mood": "good"}))
    assert read_progress(file.path) is None
    assert not is_abandoned(file.path)


@pytest.mark.parametrize("name", ["progress.json", "0.progress.json", ".0.progress.json.bak"])
def test_other_files_are_left_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    assert not is_abandoned(tmp_path / name)
    assert progress.NAME.fullmatch(name) is None


def test_a_start_that_differs_is_another_process():
    host, boot, pid, start = identity().split("-")
    assert lives(f"{host}-{boot}-{pid}-{int(start) + 1}") is False
    assert lives(f"{host}-ffffffff-{pid}-{start}") is False
    assert lives("nonsense") is None


def test_a_container_of_the_same_name_counts_its_processes_by_itself(monkeypatch):
    """With a host's network it has the host's name, and its numbers mean other processes."""
    host, *rest = identity().split("-")
    spaces = Path("/proc/self/ns/pid")
    if not spaces.exists():
        pytest.skip("this system has no such containers")
    leftovers._host.cache_clear()
    stat = Path.stat

    def elsewhere(path, **options):
        found = stat(path, **options)
        return SimpleNamespace(st_ino=found.st_ino + 1) if path == spaces else found

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", elsewhere)
        assert lives("-".join([host, *rest])) is None
    leftovers._host.cache_clear()
    assert lives("-".join([host, *rest])) is True
