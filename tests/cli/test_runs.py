"""`versus runs`: what is there, whether it is whole, and what may go; and a disk that is full."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from versus.cli.main import run_command
from versus.filesystem.leftovers import temporary_name
from versus.results.store import DirectoryStore

FIXTURE = Path(__file__).parents[1] / "results" / "fixtures" / "format-1"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A study of four finished runs and two failed ones."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(FIXTURE, tmp_path / "study")
    return Path("study")


def versus(capsys, *arguments) -> tuple[int, str, list[str]]:
    code = run_command(["runs", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out, captured.err.splitlines()


def damage(folder: Path) -> None:
    path = folder / "line" / "0" / "predictions.npz"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def leftover(folder: Path) -> Path:
    """What a process left that was killed before the machine last started."""
    name = temporary_name("0").split("-")
    path = folder / "line" / "-".join([name[0], "00000000", *name[2:]])
    path.mkdir()
    (path / "config.json").write_text("{")
    return path


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_list(folder, capsys):
    code, out, err = versus(capsys, "list", folder)
    assert (code, err) == (0, [])
    rows = [line.split() for line in out.splitlines() if line.startswith((" ", "died", "line"))]
    assert ["line-4", "1", "finished", "4"] in [row[:4] for row in rows]
    assert ["died", "0", "failed", "0"] in [row[:4] for row in rows]
    code, out, _ = versus(capsys, "list", folder, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(r["variant"], r["seed"], r["status"]) for r in found["runs"]] == [
        *(("died", seed, "failed") for seed in (0, 1)),
        *(("line", seed, "finished") for seed in (0, 1)),
        *(("line-4", seed, "finished") for seed in (0, 1)),
    ]
    assert found["damaged"] == found["set_aside"] == found["leftovers"] == []


def test_list_names_what_is_damaged_and_shows_the_rest(folder, capsys):
    damage(folder)
    place = leftover(folder)
    before = files(folder)
    code, out, err = versus(capsys, "list", folder)
    assert code == 1
    assert [line.split()[:3] for line in out.splitlines() if "damaged" in line] == [
        ["line", "0", "damaged"]
    ]
    assert out.count("finished") == 3
    assert f"leftover: {place}" in out
    (line,) = err
    assert line.startswith("versus: study/line/0/predictions.npz: its bytes are not those")
    code, out, _ = versus(capsys, "list", folder, "--json")
    assert code == 1
    assert [row["run"] for row in json.loads(out)["damaged"]] == ["line/0"]
    assert files(folder) == before


def test_runs_without_their_study_are_listed(folder, capsys):
    (folder / "study.json").unlink()
    code, out, _ = versus(capsys, "list", folder)
    assert code == 0
    assert out.count("finished") == 4


@pytest.mark.parametrize("command", [["list"], ["verify"], ["prune", "--yes"], ["show"]])
@pytest.mark.parametrize("place", ["nowhere", ".", "file"])
def test_a_folder_without_a_study(tmp_path, monkeypatch, capsys, command, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no folder")
    run = f"{place}/fc/0" if command == ["show"] else place
    code, out, err = versus(capsys, command[0], run, *command[1:])
    assert (code, out) == (2, "")
    assert len(err) == 1
    where = tmp_path if (command, place) == (["show"], ".") else place
    assert f"{where}: no study here: expected a folder holding study.json" in err[0]
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]


def test_show(folder, capsys):
    code, out, err = versus(capsys, "show", folder / "line-4" / "1")
    assert (code, err) == (0, [])
    record = DirectoryStore(folder).read("line-4", 1)
    assert record is not None
    for word in (
        "study/line-4/1",
        "finished",
        "195 parameters",
        f"{record.metrics['test']['loss']:.4f}",
    ):
        assert word in out
    assert re.search(r"worst class +\w+ .*recognised", out)
    code, out, _ = versus(capsys, "show", folder / "line-4" / "1", "--json")
    assert json.loads(out) == {**record.to_dict(), "damaged": [], "left_out": []}
    code, out, _ = versus(capsys, "show", folder / "died" / "0")
    assert "its process died (exit code -9)" in out
    damage(folder)
    code, out, err = versus(capsys, "show", folder / "line" / "0")
    assert code == 1
    assert "finished" in out
    assert len(err) == 1


@pytest.mark.parametrize(("variant", "seed"), [("line-4", 9), ("nothing", 0), ("..", 0)])
def test_show_a_run_that_is_not_there(folder, capsys, variant, seed):
    code, out, err = versus(capsys, "show", folder / variant / str(seed))
    assert (code, out) == (2, "")
    assert f"no run is called '{variant}/{seed}'" in err[0]
    assert "line-4/1" in err[0]


@pytest.mark.parametrize("place", ["study", "/"])
def test_show_wants_a_run(folder, capsys, place):
    code, out, err = versus(capsys, "show", place)
    assert (code, out) == (2, "")
    assert err == [f"versus: {place}: expected a run, DIR/VARIANT/SEED; got another folder"]


def test_show_within_the_folder_of_the_variant(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder / "line-4")
    assert re.search(r"device +cpu", versus(capsys, "show", "1")[1])


def test_verify(folder, capsys):
    code, out, err = versus(capsys, "verify", folder)
    assert (code, out, err) == (0, "6 runs whole, 42 files\n", [])


@pytest.mark.parametrize("name", [p.relative_to(FIXTURE) for p in FIXTURE.glob("*/*/*")], ids=str)
def test_verify_finds_every_file_that_was_cut(folder, capsys, name):
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-5])
    code, out, err = versus(capsys, "verify", folder)
    assert code == 1
    assert out.startswith("5 runs whole")
    (line,) = err
    assert line.startswith(f"versus: study/{name}: ")


def test_verify_names_all_that_is_damaged(folder, capsys):
    damage(folder)
    (folder / "line-4" / "0" / "model.keras").unlink()
    (folder / "line-4" / "0" / "log.txt").write_text("")
    (folder / "study.json").write_text("{")
    code, out, err = versus(capsys, "verify", folder, "--json")
    assert code == 1
    assert len(err) == 4
    found = json.loads(out)
    assert found["whole"] == ["died/0", "died/1", "line/1", "line-4/1"]
    assert [f"versus: {reason}" for reason in found["damaged"]] == err


def test_prune_says_what_and_removes_it_only_when_told(folder, capsys):
    damage(folder)
    store = DirectoryStore(folder)
    aside, place, before = store.set_aside("line", 0), leftover(folder), files(folder)
    expected = [
        "failed: study/died/0",
        "failed: study/died/1",
        f"leftover: {place}",
        f"set aside: {aside}",
    ]
    code, out, err = versus(capsys, "prune", folder)
    assert (code, err) == (0, [])
    assert out.splitlines() == [*expected, "4 items to remove: repeat with --yes"]
    assert files(folder) == before
    code, out, _ = versus(capsys, "prune", folder, "--yes")
    assert code == 0
    assert out.splitlines() == [*expected, "4 items removed"]
    gone = [folder / "died", place, aside]
    assert files(folder) == {
        path: data for path, data in before.items() if not {*path.parents} & {*gone}
    }
    assert not (folder / ".damaged").exists()
    assert not (folder / "died").exists()
    code, out, _ = versus(capsys, "prune", folder, "--yes")
    assert out == "nothing to remove\n"
    code, out, _ = versus(capsys, "verify", folder)
    assert (code, out[:12]) == (0, "3 runs whole")


def test_prune_waits_for_no_running_study(folder, capsys):
    before = files(folder)
    with DirectoryStore(folder).locked():
        code, out, err = versus(capsys, "prune", folder, "--yes")
    assert (code, out) == (2, "")
    assert "another versus has this study locked" in err[0]
    assert files(folder) == before


def test_numbers(folder, capsys):
    code, out, err = versus(capsys, "numbers", folder, "copies/study")
    assert (code, err) == (0, [])
    size = sum(len(data) for data in files(Path("copies")).values())
    assert out == f"4 runs copied, 0 there already: copies/study, {size / 1024:,.0f} KiB\n"
    assert not (Path("copies/study") / "died").exists()
    before = files(Path("copies"))
    code, out, err = versus(capsys, "numbers", folder, "copies/study", "--json")
    assert (code, err) == (0, [])
    assert json.loads(out) == {"copied": 0, "there": 4, "folder": "copies/study", "bytes": size}
    assert files(Path("copies")) == before
    code, out, err = versus(capsys, "list", "copies/study")
    assert (code, err, out.count("finished")) == (0, [], 4)


def test_verify_and_show_tell_what_was_left_out(folder, capsys):
    versus(capsys, "numbers", folder, "copy")
    code, out, err = versus(capsys, "verify", "copy")
    assert (code, err) == (0, [])
    assert out == "4 runs whole, 20 files, 16 left out of this copy\n"
    found = json.loads(versus(capsys, "verify", "copy", "--json")[1])
    assert (found["files"], found["left_out"]) == (20, 16)
    code, out, err = versus(capsys, "show", "copy/line/0")
    assert (code, err) == (0, [])
    assert re.search(r"^files +config.json, environment.json, data.json, history.csv *$", out, re.M)
    assert re.search(r"^left out +.*model\.keras", out, re.M)
    shown = json.loads(versus(capsys, "show", "copy/line/0", "--json")[1])
    assert set(shown["left_out"]) > {"model.keras", "predictions.npz"}
    (folder.parent / "copy/line/0/history.csv").unlink()
    code, out, err = versus(capsys, "verify", "copy")
    assert (code, len(err)) == (1, 1)
    assert out.startswith("3 runs whole, 15 files")
    assert "copy/line/0/history.csv: expected a file of the run" in err[0]
    code, out, err = versus(capsys, "show", "copy/line/0")
    assert (code, len(err)) == (1, 1)


def test_numbers_goes_on_over_damage(folder, capsys):
    damage(folder)
    code, out, err = versus(capsys, "numbers", folder, "copy")
    assert code == 1
    assert out.startswith("3 runs copied, 0 there already: copy, ")
    assert [line[:40] for line in err] == ["versus: study/line/0/predictions.npz: it"]


def test_numbers_refuses_in_a_line(folder, capsys):
    Path("file").write_text("no folder")
    shutil.copytree(folder, "other")
    (Path("other") / "study.json").unlink()
    Path("empty").mkdir()
    for source, target, said in (
        ("nowhere", "copy", "nowhere: no study here: expected a folder holding study.json"),
        ("empty", "copy", "empty: no study here: expected a folder holding study.json"),
        ("other", "copy", "other: no study here: expected a folder holding study.json"),
        ("study", "study", "study: expected a folder for the copy; got one in the study's own"),
        ("study", "./study/.", "study: expected a folder for the copy; got one in the study's own"),
        ("study", "study/line", "study/line: expected a folder for the copy; got one in the"),
        ("study", "file", "file: expected a folder for the copy; got a file: name another"),
    ):
        code, out, err = versus(capsys, "numbers", source, target)
        assert (code, out, len(err)) == (2, "", 1)
        assert err[0].startswith(f"versus: {said}")
    assert not Path("copy").exists()
    with DirectoryStore(Path("copy")).locked():
        code, out, err = versus(capsys, "numbers", folder, "copy")
    assert (code, len(err)) == (2, 1)
    assert "copy: another versus has this study locked" in err[0]


def test_report_goes_on_over_damage(folder, capsys):
    damage(folder)
    code = run_command(["report", str(folder)])
    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == "study/report.html\n"
    assert captured.err.startswith("versus: study/line/0/predictions.npz: ")
    assert "could not be read (line/0)" in (folder / "report.html").read_text()


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from versus.cli.main import run_command
sys.exit(run_command(sys.argv[2:]))
"""


def test_a_real_limit_stops_the_command_in_one_line(tmp_path):
    """The system itself refuses a model's file, which is no fault of the run."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[1] != resource.RLIM_INFINITY:
        pytest.skip("this machine limits the size of files already")
    command = ["train", "fc", "--epochs", "1", "--out", "here", "--json"]
    environment = {**os.environ, "VERSUS_CACHE": str(tmp_path / "cache")}

    def run(*program):
        return subprocess.run(
            [sys.executable, *program],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )

    done = run("-c", LIMITED, str(60_000), *command)
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("versus: ")
    assert "File too large: free some space" in last
    assert "Traceback" not in done.stderr
    assert list(DirectoryStore(tmp_path / "here").records()) == []
    assert not list(tmp_path.rglob("*.tmp"))
    done = run("-c", LIMITED, str(2**40), *command)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"][0]["status"] == "finished"
