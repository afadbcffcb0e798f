"""Disks that fill up, fail, or take little at a time; processes killed between any two operations.

Every test proves that its fault happened.
"""

import contextlib
import errno
import os
import resource
import signal
import subprocess
import sys
import warnings

import pytest
from by_hand import FILES, record, session
from disks import Counting, Failing, Killing, Quota, Sipping, everything

from versus.errors import ResultsError
from versus.filesystem import atomic
from versus.filesystem.leftovers import is_leftover, temporary_name
from versus.results.store import DirectoryStore

CODES = (errno.ENOSPC, errno.EIO, errno.EPERM)


@pytest.fixture(autouse=True)
def _quick_syncs(monkeypatch):
    """No test here turns the power off."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def prepared(root):
    """A study with a finished run 7, a failed one 0, and a damaged one 8."""
    store = DirectoryStore(root)
    store.write(record(seed=7), FILES)
    store.write(record("failed", seed=0, error="it broke"), {"log.txt": b"why"})
    store.write(record(seed=8), FILES)
    (root / "fc" / "8" / "history.csv").write_bytes(b"cut")
    store.write_study_file("plan.json", {"runs": 1})
    return store


def operations(work, root) -> int:
    disk = Counting()
    work(DirectoryStore(root, disk))
    return disk.count


def write_new(store):
    store.write(record(seed=3), FILES)


def replace_failed(store):
    store.write(record(seed=0), FILES)


def write_study_file(store):
    store.write_study_file("plan.json", {"runs": 2})


WORKS = (write_new, replace_failed, write_study_file, session)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("work", WORKS)
def test_every_operation_fails_in_turn(tmp_path, work, code, lasting):
    """A clear error, nothing old damaged, and the same again works."""
    prepared(tmp_path / "count")
    total = operations(work, tmp_path / "count")
    assert total > 5
    errors = 0
    for k in range(total):
        root = tmp_path / str(k)
        old = prepared(root).read("fc", 7)
        disk = Failing(k, code, lasting=lasting)
        told = error_of(work, DirectoryStore(root, disk))
        store = DirectoryStore(root)
        assert disk.raised >= 1, "the fault must have happened"
        if told is None:  # only cleaning up after the last rename may fail in silence
            assert done(work, store)
        else:
            errors += 1
            assert str(root) in told
            assert os.strerror(code) in told
        survey = store.survey(models=True)
        assert old in survey.records
        assert {damage.seed for damage in survey.damaged} <= {8}
        assert store.read_study_file("plan.json") in ({"runs": 1}, {"runs": 2}, {"runs": 3})
        # What was replaced may stay, until it is known that its successor is on the disk.
        assert lasting or not [p for p in temporaries(root) if p.suffix == ".tmp"]
        again(work, store)
    assert errors > total / 2


def error_of(work, store) -> str | None:
    try:
        work(store)
    except ResultsError as error:
        return str(error)
    return None


def temporaries(root):
    return [p for p in root.rglob("*") if p.name.endswith((".tmp", ".old"))]


def again(work, store):
    """What was done, repeated as the same command would: finished runs are not made again."""
    if work in (session, write_study_file) or not done(work, store):
        work(store)
    assert done(work, store)


def done(work, store) -> bool:
    survey = store.survey(models=True)
    finished = {record.seed for record in survey.records if record.status == "finished"}
    if work is write_study_file:
        return store.read_study_file("plan.json") == {"runs": 2}
    if work is session:
        return finished == {0, 7, 8} and not survey.damaged
    return finished >= ({3} if work is write_new else {0})


def test_a_disk_that_fills_up_at_any_byte(tmp_path):
    """The last write is cut short first, as the system does; then there is no room."""
    size = sum(map(len, FILES.values())) + 900
    for room in range(0, size, 97):
        root, disk = tmp_path / str(room), Quota(room)
        old = DirectoryStore(root).write(record(seed=7), {"a.txt": b"old"})
        before = everything(root)
        with pytest.raises(ResultsError, match=r"fc/3: No space left on device: free some space"):
            DirectoryStore(root, disk).write(record(seed=3), FILES)
        assert disk.refused == 1
        assert disk.short == (room > 0)
        assert everything(root) == before
        write_new(DirectoryStore(root))
        assert old in DirectoryStore(root).survey(models=True).records


def test_the_system_takes_a_few_bytes_at_a_time(tmp_path):
    disk = Sipping(7)
    session(DirectoryStore(tmp_path, disk))
    assert disk.writes > 1000
    assert len(DirectoryStore(tmp_path).survey(models=True).records) == 3


def test_a_real_limit_on_the_size_of_files(tmp_path):
    """The system itself refuses, in the middle of a file."""
    store = DirectoryStore(tmp_path / "study")
    store.write(record(seed=7), FILES)
    before = everything(tmp_path)
    large = {"model.keras": bytes(300_000)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ResultsError, match=r"fc/3: File too large: free some space, or choose"):
            store.write(record(seed=3), large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(tmp_path) == before
    store.write(record(seed=3), large)


def killed_at(k, work, root) -> bool:
    """Do the work in a process that is killed ahead of its k-th operation; say whether it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads do nothing here
        child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            work(DirectoryStore(root, Killing(k)))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("work", [replace_failed, session])
def test_kill_9_ahead_of_every_operation(tmp_path, work):
    prepared(tmp_path / "count")
    total = operations(work, tmp_path / "count")
    left = 0
    for k in range(total):
        root = tmp_path / str(k)
        old = prepared(root).read("fc", 7)
        assert killed_at(k, work, root), "the kill must have hit"
        store = DirectoryStore(root)
        survey = store.survey(models=True)
        assert old in survey.records
        assert {damage.seed for damage in survey.damaged} <= {8}
        left += len(store.leftovers())
        session(store)  # the lock of the dead is free, and what it left behind goes
        assert not temporaries(root)
        assert len(store.survey(models=True).records) == 3
        assert store.survey().damaged == ()
    assert left > 10, "there must have been something to clean"


HOLD = """
import sys, time
from versus.results.store import DirectoryStore
with DirectoryStore(sys.argv[1]).locked():
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    store = DirectoryStore(tmp_path / "study")
    command = [sys.executable, "-c", HOLD, str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        who = rf"another versus has this study locked \(process {holder.pid} on .*, since "
        with pytest.raises(ResultsError, match=who), store.locked(wait=0.2):
            pass
        holder.kill()
        assert holder.wait() == -signal.SIGKILL
    assert (store.root / ".lock").exists()
    with store.locked():
        pass
    assert not (store.root / ".lock").exists()


def test_only_names_of_dead_processes_are_leftovers(tmp_path, monkeypatch):
    mine = temporary_name("0")
    assert not is_leftover(mine), "this process lives"
    boot, pid, start = mine.split(".")[2].split("-")[1:4]
    assert is_leftover(mine.replace(f"-{pid}-{start}-", f"-{pid}-{int(start) + 1}-"))
    assert is_leftover(mine.replace(f"-{boot}-", "-00000000-")), "before the machine started"
    host = mine.split(".")[2].split("-")[0]
    elsewhere = mine.replace(f".{host}-{boot}", ".00000000-00000000")
    assert not is_leftover(elsewhere), "another machine's process cannot be seen from here"
    for other in (".0.tmp", "0", ".git", ".damaged", ".notes.old", "report.html", f"x{mine}"):
        assert not is_leftover(other)


def test_settling_touches_nothing_else(tmp_path):
    store = DirectoryStore(tmp_path)
    store.write(record(), FILES)
    for name in ("fc/.notes.tmp", ".hidden/x", "my notes.txt", "fc/0/.0.tmp", ".x.old"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    (tmp_path / "fc" / temporary_name("1")).mkdir()  # of a living process: this one
    before = everything(tmp_path)
    store.settle()
    assert everything(tmp_path) == before


def test_a_zombie_is_dead(tmp_path):
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.write(write, temporary_name("0").encode())
        os._exit(0)
    name = os.read(read, 1000).decode()
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it has ended, and is not reaped yet
    assert is_leftover(name)
    os.waitpid(child, 0)
    assert is_leftover(name)


def test_no_permission_is_said(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with as_nobody(), pytest.raises(ResultsError, match="Permission denied: choose a folder"):
        DirectoryStore(closed / "study").check_writable()
    assert [*closed.iterdir()] == []


@contextlib.contextmanager
def as_nobody():
    """Root may write anywhere, so the block runs as another user."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_folder_under_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for store in (DirectoryStore(tmp_path / "file"), DirectoryStore(tmp_path / "file" / "study")):
        with pytest.raises(ResultsError, match="Not a directory: choose a folder that can be"):
            store.check_writable()
        with pytest.raises(ResultsError, match="Not a directory"):
            store.write(record(), {})


def test_a_first_run_that_cannot_be_written_leaves_no_folder(tmp_path):
    disk = Quota(100)
    with pytest.raises(ResultsError, match="No space left"):
        DirectoryStore(tmp_path / "a" / "study", disk).write(record(), FILES)
    assert disk.refused
    assert [*tmp_path.iterdir()] == []


def test_a_folder_in_which_none_can_be_made_is_an_error(tmp_path):
    """As /proc: it is there, and the system says that it is not."""
    asked = []

    class Refusing(Quota):
        def do(self, name, operation, *arguments):
            if name == "make_folder" and arguments[0].parent == tmp_path:
                asked.append(arguments[0])
                raise FileNotFoundError(2, "No such file or directory", str(arguments[0]))
            return super().do(name, operation, *arguments)

    with pytest.raises(FileNotFoundError):
        atomic.write_file(tmp_path / "study" / "mine", b"x", Refusing(100))
    assert len(asked) == 2


def test_a_file_of_a_folder_that_was_already_there_is_not_removed_with_it(tmp_path):
    """What another process put into a folder just made stays when its maker fails."""

    class Busy(Quota):
        def do(self, name, operation, *arguments):
            result = super().do(name, operation, *arguments)
            if name == "make_folder" and arguments[0].name == "study":
                (arguments[0] / "theirs").write_text("x")
            return result

    with pytest.raises(OSError, match="No space"):
        atomic.write_file(tmp_path / "study" / "mine", b"x" * 10, Busy(5))
    assert everything(tmp_path) == {"study": None, "study/theirs": b"x"}
