"""Broken data sets: each gives one clear line, and nothing outside the cache changes."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from bad_pictures import BAD, BOMBS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_pictures import (
    arrow_file,
    flat_folder,
    idx_folder,
    image_folder,
    npz,
    parquet,
    pixel_csv,
    png,
    put,
    tarred,
    zipped,
)

from versus.cli.main import run_command
from versus.data import catalogue
from versus.data.sources import folder_tree
from versus.errors import VersusError

MOST_MEMORY = 256 * 2**20


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))


def everything(folder: Path) -> dict[str, object]:
    """Every file and folder below one but the cache, with what would show a change."""
    found = {}
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "cache"]
        for name in [*folders, *files]:
            path = os.path.join(root, name)
            status = os.lstat(path)
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def test_there_are_sixty_and_more():
    assert len(BAD) + len(BOMBS) >= 60


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_one_line_says_what_is_wrong(tmp_path, capsys, monkeypatch, make, message):
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    path = make(place)
    before = everything(tmp_path)
    code = run_command(["data", "duplicates", str(path)])
    out, err = capsys.readouterr()
    assert (code, out) == (2, ""), err
    assert err.startswith("versus: ")
    assert err.count("\n") == 1
    line = err.removeprefix("versus: ")
    assert re.search(message, line), line
    assert ":" in line
    assert everything(tmp_path) == before
    unpacked = tmp_path / "cache" / "data" / "unpacked"
    assert not unpacked.exists() or not list(unpacked.iterdir())


MOST_SECONDS = 2

PROGRAM = """
import json, resource, sys
import versus

def most():
    # Of this program alone: ru_maxrss knows of the process that started it too.
    lines = open("/proc/self/status").read().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024

versus.load(sys.argv[1])
base = most()
# Of the processor, which other work on the machine does not count into. A whole number: what has
# been used so far is rounded up, and a process that uses more is ended by the system.
used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
limit = int(used) + 1 + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
try:
    versus.load(sys.argv[2])
    said = "loaded"
except versus.VersusError as error:
    said = str(error)
peak = most()
print(json.dumps([said, base, peak]))
"""


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_bombs_take_no_memory_and_no_time(tmp_path, make):
    good, path = image_folder(tmp_path / "good"), make(tmp_path)
    before = everything(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(good), str(path), str(MOST_SECONDS)],
        capture_output=True,
        check=True,
    )
    said, base, peak = json.loads(done.stdout.splitlines()[-1])
    assert said != "loaded"
    assert str(tmp_path) in said
    assert peak - base < MOST_MEMORY / 2
    assert peak < MOST_MEMORY + base / 2
    assert everything(tmp_path) == before


def test_a_process_that_takes_longer_is_ended(tmp_path):
    """The limit that bombs are held to does end a process."""
    program = PROGRAM.replace("versus.load(sys.argv[2])", "while True: pass")
    assert program != PROGRAM
    good = image_folder(tmp_path / "good")
    done = subprocess.run([sys.executable, "-c", program, str(good), "none", "0"])
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    folder = image_folder(tmp_path / "set")
    opened, refused = Path.open, []

    def guarded(self, *args, **kwargs):
        if self.name == "4.png" and self.parent.name == "bee":
            refused.append(self)
            raise PermissionError(13, "Permission denied", str(self))
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    with pytest.raises(VersusError, match=r"bee/4.png: .*permission denied: change its perm"):
        catalogue.load(folder)
    assert refused
    data = catalogue.load(folder, skip_bad=True)
    assert [one.name for one in data.reading.left_out] == ["bee/4.png"]


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    folder, scan = image_folder(tmp_path / "set"), os.scandir

    def guarded(path):
        if Path(path).name == "bee":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(folder_tree.os, "scandir", guarded)
    with pytest.raises(VersusError, match=r"set/bee: .*permission denied: change its perm"):
        catalogue.load(folder)


def test_what_is_bad_can_be_left_out_and_is_listed(tmp_path, capsys):
    folder = image_folder(tmp_path / "set")
    whole = catalogue.load(folder)
    for name, data in (("ape/1.png", b""), ("bee/2.png", b"no"), ("cat/3.png", png(np.eye(9) > 0))):
        put(folder / name, data)
    with pytest.raises(VersusError, match=r"2 more pictures cannot be read.*--skip-bad"):
        catalogue.load(folder)
    data = catalogue.load(folder, skip_bad=True)
    assert data.reading.left_out_count == 3
    assert {one.name for one in data.reading.left_out} == {"ape/1.png", "bee/2.png", "cat/3.png"}
    # What is left stays in the split that it was in.
    for name, split in data.splits.items():
        assert set(split.origins) <= set(whole.splits[name].origins)
    assert sum(map(len, data.splits.values())) == 21
    assert run_command(["data", "duplicates", str(folder), "--skip-bad"]) == 0
    told = capsys.readouterr().err
    assert told.count("left out: ") == 3
    assert "bee/2.png" in told


def test_a_class_that_is_bad_altogether_is_told(tmp_path):
    folder = image_folder(tmp_path / "set")
    for number in range(8):
        put(folder / "bee" / f"{number}.png", b"no picture")
    with pytest.raises(VersusError, match="no picture of class 'bee' can be read"):
        catalogue.load(folder, skip_bad=True)


SEEDS = {
    "npz": lambda d: npz(d / "set.npz"),
    "zip": lambda d: zipped(image_folder(d / "in"), d / "set.zip"),
    "tar": lambda d: tarred(image_folder(d / "in"), d / "set.tar", "w"),
    "tgz": lambda d: tarred(idx_folder(d / "in"), d / "set.tgz"),
    "csv": lambda d: pixel_csv(d / "set.csv"),
    "parquet": lambda d: parquet(d / "set.parquet"),
    "arrow": lambda d: arrow_file(d / "set.arrow"),
    "zip with a table": lambda d: zipped(flat_folder(d / "in"), d / "set.zip"),
    "txz": lambda d: tarred(image_folder(d / "in"), d / "set.txz", "w:xz"),
}


@pytest.fixture(scope="module", params=SEEDS)
def seed_bytes(request, tmp_path_factory):
    """A good file of each format, and where its damaged copies go."""
    place = tmp_path_factory.mktemp("fuzz")
    path = SEEDS[request.param](place)
    return path, path.read_bytes()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    damage=st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), min_size=1, max_size=4
    ),
    length=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_damaged_bytes_are_a_data_set_or_our_error(seed_bytes, damage, length):
    path, good = seed_bytes
    data = bytearray(good)
    for place, noise in damage:
        start = int(place * (len(data) - 1))
        data[start : start + len(noise)] = noise
    path.write_bytes(data[: int(length * len(data))])
    try:
        found = catalogue.load(path)
    except VersusError:
        return
    assert found.train.images.dtype == np.uint8


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_beside_pictures_is_a_table_or_our_error(tmp_path, text):
    folder = tmp_path / "set"
    if not folder.exists():
        flat_folder(folder)
    (folder / "labels.csv").write_text("file,label\n" + text, encoding="utf-8")
    with suppress(VersusError):
        catalogue.load(folder)
