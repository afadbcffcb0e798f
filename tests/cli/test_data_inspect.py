"""`versus data inspect`: what is shown, what is written, and what is refused."""

import json
import sys

import numpy as np
import pytest

from versus.cli.main import run_command
from versus.data import catalogue
from versus.data.dataset import Dataset, Split


@pytest.fixture
def spoiled(tiny, monkeypatch):
    """Near-equal, equal and blank pictures, and a class of few."""
    images, labels = np.array(tiny.test.images), np.array(tiny.test.labels)
    images[7], images[8], images[9] = tiny.train.images[3] * 0.9, tiny.train.images[4], 0
    labels[7] = 2  # row 3 of train is of class 0
    data = Dataset("spoiled", tiny.classes, tiny.train, Split(images, labels))
    monkeypatch.setattr(catalogue, "load", lambda name, **how: data)
    return data


def test_warnings_come_first_each_with_what_to_do(spoiled, capsys):
    assert run_command(["data", "inspect", "spoiled"]) == 0
    shown = capsys.readouterr().out
    near = "1 test picture is nearly equal to one in train"
    assert near in shown
    assert "1 test picture is in train too, byte for byte" in shown
    assert "1 test picture is blank" in shown
    assert "3 classes have fewer than 30 test pictures" in shown
    assert shown.index(near) < shown.index("class ") < shown.index("fingerprint")
    (row,) = [line.split() for line in shown.splitlines() if "band 0   test" in line]
    assert row[:8] == ["train", "3", "band", "0", "test", "7", "band", "2"]


def test_as_json_and_in_files(spoiled, tmp_path, capsys):
    out = tmp_path / "found"
    assert run_command(["data", "inspect", "spoiled", "--json", "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(near["a"], near["b"]) for near in found["near_equal"]] == [("train", "test")]
    assert found["near_equal"][0]["examples"][0]["b_row"] == 7
    assert found["label_errors"] is None
    assert {path.name for path in out.iterdir()} == {
        *("inspection.json", "counts.csv", "near-equal.csv", "odd.csv"),
        *("samples.png", "means.png", "near-equal.png", "blank-test.png"),
    }
    assert sorted(found["files"]) == sorted(map(str, out.iterdir()))
    assert json.loads((out / "inspection.json").read_text())["oddities"] == found["oddities"]
    assert (out / "odd.csv").read_text() == "kind,split,row\nblank,test,9\n"
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in out.glob("*.png"))


def test_a_set_without_fault(capsys):
    assert run_command(["data", "inspect", "digits"]) == 0
    assert "Nothing was found that spoils a comparison" in capsys.readouterr().out


def test_pictures_of_two_channels_are_not_drawn(tiny, tmp_path, monkeypatch, capsys):
    splits = [Split(np.repeat(s.images, 2, axis=3), s.labels) for s in (tiny.train, tiny.test)]
    monkeypatch.setattr(catalogue, "load", lambda name: Dataset("two", tiny.classes, *splits))
    assert run_command(["data", "inspect", "two", "--out", str(tmp_path / "o")]) == 0
    assert not list((tmp_path / "o").glob("*.png"))
    capsys.readouterr()


def test_the_extra_is_named_where_it_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    assert run_command(["data", "inspect", "digits", "--label-errors"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "versus: suspected wrong labels are found by cleanlab, which is not installed: "
        "pip install 'versus-ml[labels]'"
    ]


@pytest.mark.parametrize("value", ["0", "1"])
def test_too_few_folds_are_refused(value, capsys):
    pytest.importorskip("cleanlab")
    assert run_command(["data", "inspect", "digits", "--label-errors", "--folds", value]) == 2
    assert f"folds: expected two or more; got {value}" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("here")
    assert run_command(["data", "inspect", "digits", "--out", str(tmp_path / "file")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("choose another --out")


def test_a_study_says_what_was_found(spoiled, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [
        "compare",
        "fc",
        "cnn-stride",
        "--data",
        "spoiled",
        "--seeds",
        "1",
        "--epochs",
        "1",
        "--jobs",
        "1",
    ]
    assert run_command(words) == 0
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("Pictures: ")]
    assert "1 test picture is in train too" in line
    (kept,) = (tmp_path / "versus-runs").rglob("data-check.json")
    assert json.loads(kept.read_text())["near_equal"][0]["conflicts"] == 1


def test_a_random_grid_of_a_chosen_form(tmp_path, capsys):
    grid = tmp_path / "grid.png"
    words = ["data", "inspect", "digits", "--grid", str(grid), "--grid-form", "2x5"]
    assert run_command([*words, "--grid-seed", "1"]) == 0
    drawn = grid.read_bytes()
    assert run_command([*words, "--grid-seed", "2"]) == 0
    assert grid.read_bytes() != drawn
    assert run_command(words) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--grid-seed", "1"], "expected --grid FILE.png too"),
        (["--grid-form", "4x10"], "expected --grid FILE.png too"),
        (["--grid", "a.png", "--grid-form", "4"], "expected ROWSxCOLUMNS, as 4x10; got '4'"),
        (["--grid", "a.png", "--grid-form", "40x40"], "labelled pictures or fewer"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(options, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command(["data", "inspect", "digits", *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
