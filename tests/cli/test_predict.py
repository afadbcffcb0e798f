"""`versus export` and `versus predict`."""

import csv
import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from versus.bundles.classifier import Classifier
from versus.bundles.reading import read_bundle
from versus.cli.main import run_command
from versus.cli.predict import _inert


@pytest.fixture
def folder(tiny, tmp_path):
    """Four test pictures, one of them stored in colour, with files that are none."""
    place = tmp_path / "pictures"
    (place / "below").mkdir(parents=True)
    for number in range(3):
        Image.fromarray(tiny.test.images[number, :, :, 0]).save(place / f"{number}.png")
    Image.fromarray(tiny.test.images[3, :, :, 0]).convert("RGB").save(place / "below" / "3.BMP")
    (place / ".hidden.png").write_bytes(b"no picture")
    (place / "notes.txt").write_text("no picture")
    return place


def run(capsys, *words):
    code = run_command([*map(str, words)])
    return code, *capsys.readouterr()


def test_the_answers_are_those_of_the_model(bundle, folder, tiny, capsys):
    code, out, err = run(capsys, "predict", bundle, folder, "--json", "--top", 2)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [item["file"] for item in found] == [
        str(folder / name) for name in ("0.png", "1.png", "2.png", "below/3.BMP")
    ]
    rows = Classifier(read_bundle(bundle))(tiny.test.images[:4])
    for item, row in zip(found, rows, strict=True):
        assert item["class"] == f"band {row.argmax()}"
        assert item["probability"] == pytest.approx(row.max(), abs=1e-6)
        assert len(item["top"]) == 2


def test_a_table_and_csv(bundle, folder, capsys):
    code, out, _ = run(capsys, "predict", bundle, folder / "0.png")
    assert code == 0
    assert "band 0" in out
    code, out, _ = run(capsys, "predict", bundle, folder, "--csv", "--top", 9)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 4
    assert {rows[0][f"class_{n}"] for n in (1, 2, 3)} == {"band 0", "band 1", "band 2"}
    assert "class_4" not in rows[0]


def test_a_picture_on_stdin(bundle, folder, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((folder / "0.png").read_bytes())))
    code, out, _ = run(capsys, "predict", bundle, "-", "--json")
    assert code == 0
    assert json.loads(out)[0]["file"] == "stdin"


def test_what_cannot_be_read_is_named_and_the_others_answered(bundle, folder, capsys):
    (folder / "1.png").write_bytes(b"hello")
    missing = folder / "missing.png"
    code, out, err = run(capsys, "predict", bundle, folder, missing, "--json")
    assert code == 1
    assert len(json.loads(out)) == 3
    lines = err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"versus: {folder / '1.png'}: expected a PNG")
    assert "missing.png: cannot be read: No such file" in lines[1]


def test_what_is_no_file_in_a_folder_is_not_waited_for(bundle, folder, capsys):
    os.mkfifo(folder / "pipe.png")
    (folder / "device.png").symlink_to("/dev/zero")
    (folder / "gone.png").symlink_to("/nowhere/at/all")
    code, out, err = run(capsys, "predict", bundle, folder, "--json")
    assert code == 1
    assert len(json.loads(out)) == 4
    assert err.count("\n") == 1
    assert "gone.png: cannot be read: No such file" in err


def test_what_the_model_saw_is_written(bundle, folder, tiny, tmp_path, capsys):
    code, *_ = run(capsys, "predict", bundle, folder, "--show", tmp_path / "seen")
    assert code == 0
    names = [f"{n + 1:04d}-{n}.png" for n in range(4)]
    assert sorted(path.name for path in (tmp_path / "seen").iterdir()) == names
    for number, name in enumerate(names):
        pixels = np.asarray(Image.open(tmp_path / "seen" / name))
        assert (pixels == tiny.test.images[number, :, :, 0]).all()


def test_an_empty_page_is_told(bundle, tmp_path, capsys):
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    code, out, _ = run(capsys, "predict", bundle, tmp_path / "empty.png", "--json")
    assert code == 0
    (found,) = json.loads(out)
    assert (found["class"], found["top"], found["notes"]) == (None, [], ["blank"])


def test_prepared_pictures_must_have_the_size(bundle, tmp_path, capsys):
    Image.new("L", (72, 72), 9).save(tmp_path / "large.png")
    code, _, err = run(capsys, "predict", bundle, tmp_path, "--as-is")
    assert code == 2
    assert "expected a prepared picture of 8 x 8 pixels; got 72 x 72" in err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--top", "0", "x.png"], "--top of 1 or more"),
        (["--json", "--csv", "x.png"], "got both"),
        (["-", "-"], "give - once"),
        (["."], "there is none"),
    ],
)
def test_bad_requests(bundle, words, reason, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "predict", bundle, *words)
    assert (code, out) == (2, "")
    assert reason in err
    assert len(err.splitlines()) == 1


def test_no_bundle(tmp_path, capsys):
    code, _, err = run(capsys, "predict", tmp_path, "x.png")
    assert code == 2
    assert "no bundle here" in err


def test_a_name_of_any_bytes_is_told(bundle, folder, capsys):
    strange = folder / "a\x1b[31m\udcff.png"
    (folder / "0.png").rename(strange)
    code, out, _ = run(capsys, "predict", bundle, strange, "--json")
    assert code == 0
    assert "\x1b" not in out


def test_a_cell_is_no_formula():
    assert _inert("=1+1") == "'=1+1"
    assert _inert("-3") == "-3"


def test_export_at_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command(["train", "cnn-stride", "--epochs", "1", "--out", "runs"]) == 0
    capsys.readouterr()
    code, out, err = run(capsys, "export", "runs", "--out", "my-net")
    assert code == 0
    assert "my-net, 10 classes" in out
    assert "proved on 1,000 pictures" in err
    manifest = read_bundle("my-net").manifest
    assert manifest.preparation.box == 28
    code, _, err = run(capsys, "export", "runs", "--out", "my-net")
    assert (code, err) == (
        2,
        "versus: my-net: there is something already: give another folder with --out\n",
    )


def test_nothing_that_can_be_answered_is_an_error(bundle, folder, capsys):
    code, out, err = run(capsys, "predict", bundle, folder / "missing.png")
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
