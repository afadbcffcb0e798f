"""Records in plain folders: whole or absent, never overwritten, damage named."""

import contextlib
import json
import os

import pytest

from versus.errors import ResultsError
from versus.results.record import FORMAT, RunConfig, RunRecord
from versus.results.store import DirectoryStore

CONFIG = RunConfig(
    variant="fc",
    model="fc",
    builder_sha256="b" * 64,
    architecture_sha256="a" * 64,
    recipe={"epochs": 20},
    protocol={"threads": 1},
    data="tiny",
    data_fingerprint="sha256:0",
    seed=0,
    versions={"keras": "3.15.1"},
)


def record(status="finished", seed=0, **values) -> RunRecord:
    config = CONFIG.model_copy(update={"seed": seed})
    cost = {"parameters": 3, "trainable": 3, "multiply_adds": 2}
    return RunRecord(status=status, config=config, **cost, **values)


@pytest.fixture
def store(tmp_path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "study")


def files_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_what_is_written_is_read(store):
    written = store.write(record(metrics={"test": {"accuracy": 0.1 + 0.2}}), {"a.txt": b"hello"})
    assert store.read("fc", 0) == written
    assert store.read_file(written, "a.txt") == b"hello"
    assert [*store.records()] == [written]
    assert files_below(store.root) == ["fc/0/a.txt", "fc/0/record.json"]


def test_nothing_is_made_before_something_is_written(store):
    assert store.read("fc", 0) is None
    assert [*store.records()] == []
    assert store.read_study_file("study.json") is None
    store.check_writable()
    assert not store.root.exists()


def test_a_finished_run_is_never_overwritten(store):
    store.write(record(), {"a.txt": b"first"})
    with pytest.raises(ResultsError, match="never overwritten"):
        store.write(record(), {"a.txt": b"second"})
    assert files_below(store.root) == ["fc/0/a.txt", "fc/0/record.json"]
    assert (store.root / "fc/0/a.txt").read_bytes() == b"first"


def test_a_failed_run_is_replaced(store):
    store.write(record("failed", error="it broke"), {"log.txt": b"why"})
    store.write(record(), {"a.txt": b"good"})
    assert store.read("fc", 0).status == "finished"
    assert files_below(store.root) == ["fc/0/a.txt", "fc/0/record.json"]


def test_a_file_that_was_changed_is_named(store):
    written = store.write(record(), {"a.txt": b"hello"})
    (store.root / "fc/0/a.txt").write_bytes(b"hullo")
    with pytest.raises(ResultsError, match=r"fc/0/a\.txt: its bytes are not those the run wrote"):
        store.read_file(written, "a.txt")
    (store.root / "fc/0/a.txt").unlink()
    with pytest.raises(ResultsError, match="No such file"):
        store.read_file(written, "a.txt")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1}', "\x00"])
def test_a_damaged_record_is_named(store, damage):
    store.write(record(), {})
    path = store.root / "fc/0/record.json"
    path.write_text(damage)
    with pytest.raises(ResultsError, match=r"record\.json: damaged"):
        store.read("fc", 0)


def test_a_newer_format_is_refused(store):
    store.write(record(), {})
    path = store.root / "fc/0/record.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "format": FORMAT + 1, "new field": 1}))
    with pytest.raises(ResultsError, match="written by a newer versus"):
        store.read("fc", 0)


@pytest.mark.parametrize("k", range(6))
def test_a_fault_at_any_write_leaves_nothing(store, monkeypatch, k):
    """The k-th fsync fails: the run is not there, no temporary folder stays, the rest is whole."""
    store.write(record(seed=1), {"a.txt": b"old"})
    calls = []
    real = os.fsync

    def failing(descriptor):
        calls.append(descriptor)
        if len(calls) == k + 1:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    files = {f"{name}.txt": b"new" for name in "abcd"}
    with pytest.raises(ResultsError, match=r"study/fc/0: No space left on device"):
        store.write(record(), files)
    assert len(calls) == k + 1, "the fault must have happened"
    monkeypatch.undo()
    # The last fsync is of the folder, after the rename: the run is there, whole.
    there = [r.seed for r in store.records()]
    assert there == ([0, 1] if k == 5 else [1])
    assert not list(store.root.rglob("*.tmp"))


def test_a_first_run_that_fails_to_be_written_leaves_no_folder(store, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match="No space left"):
        store.write(record(), {"a.txt": b"new"})
    assert files_below(store.root) == []
    assert not (store.root / "fc").exists()


def test_a_study_file_is_replaced_as_a_whole(store, monkeypatch):
    store.write_study_file("study.json", {"a": 1})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match="No space left"):
        store.write_study_file("study.json", {"a": 2})
    assert store.read_study_file("study.json") == {"a": 1}
    assert files_below(store.root) == ["study.json"]


def test_a_folder_under_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ResultsError, match="choose a folder that can be written, with --out"):
        DirectoryStore(tmp_path / "file" / "study").check_writable()


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


def test_no_permission_is_said(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with as_nobody(), pytest.raises(ResultsError, match="Permission denied: choose a folder"):
        DirectoryStore(closed / "study").check_writable()
    assert [*closed.iterdir()] == []


def test_the_difference_between_two_configs_is_named():
    other = CONFIG.model_copy(
        update={"recipe": {"epochs": 5}, "builder_sha256": "c" * 64, "versions": {}}
    )
    assert CONFIG.differences(CONFIG) == []
    assert CONFIG.differences(other) == [
        "builder_sha256: bbbbbbbbbbbbbbbbbbbb..., now cccccccccccccccccccc...",
        "recipe.epochs: 20, now 5",
        "versions.keras: 3.15.1, now None",
    ]
