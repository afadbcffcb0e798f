"""Document D's file, and the folder of IDX files that it is imported into."""

import json

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from versus.cli.main import run_command
from versus.data import catalogue
from versus.data.features_file import read_features
from versus.errors import DataFormatError


def content(n=200):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (n, 5, 4), dtype=np.uint8)
    return pixels, rng.integers(1, 6, n)


def save(path, **changes):
    pixels, labels = content()
    np.save(path, {"features": pixels / 255, "target": labels} | changes)
    return path


def test_the_documents_rows_in_the_documents_order(tmp_path):
    data = read_features(save(tmp_path / "d.npy"), allow_pickle=True)
    pixels, labels = content()
    train, rest = train_test_split(np.arange(200), test_size=0.1, random_state=0)
    test, validation = train_test_split(rest, test_size=0.5, random_state=0)
    for split, rows in (("train", train), ("test", test), ("validation", validation)):
        np.testing.assert_array_equal(data.splits[split].images[..., 0], pixels[rows])
        np.testing.assert_array_equal(data.splits[split].labels, labels[rows] - 1)
    assert data.classes == ("1", "2", "3", "4", "5")


@pytest.mark.parametrize("form", ["uint8", "float16", "float32", "levels", "colour", "list"])
def test_pixels_in_any_form_that_holds_256_levels(form, tmp_path):
    pixels, _ = content()
    given = {
        "uint8": pixels,
        "float16": (pixels / 255).astype(np.float16),
        "float32": (pixels / 255).astype(np.float32),
        "levels": pixels.astype(np.float64),
        "colour": np.stack([pixels] * 3, axis=-1),
        "list": list(pixels),
    }[form]
    found = read_features(save(tmp_path / "d.npy", features=given), allow_pickle=True)
    wanted = read_features(save(tmp_path / "d.npy"), allow_pickle=True)
    np.testing.assert_array_equal(found.train.images[..., :1], wanted.train.images)


FAULTS = {
    "no features": ({"target": np.ones(3)}, "expected features or .*keys are 'target'"),
    "an array": (np.zeros((3, 3)), "expected a dict"),
    "a row of pixels": ({"features": np.zeros((9, 9))}, "expected pictures"),
    "standardised": ({"features": np.full((200, 5, 4), -0.3)}, "expected 256 levels"),
    "nan": ({"features": np.full((200, 5, 4), np.nan)}, "expected 256 levels"),
    "words": ({"features": np.full((200, 5, 4), "a")}, "pictures of numbers"),
    "one label": ({"target": np.ones(3)}, "expected 200 whole numbers"),
    "halves": ({"target": np.full(200, 0.5)}, "expected 200 whole numbers"),
    "too few": ({"features": np.zeros((5, 2, 2)), "target": np.ones(5)}, "20 pictures or more"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_such_file(fault, tmp_path):
    given, said = FAULTS[fault]
    path = tmp_path / "d.npy"
    pixels, labels = content()
    whole = {"features": pixels, "target": labels}
    known = {"no features": {}, "an array": None}.get(fault, whole)
    np.save(path, given if known is None else {**known, **given})
    with pytest.raises(DataFormatError, match=said):
        read_features(path, allow_pickle=True)


def test_the_command_refuses_and_then_imports(tmp_path, capsys):
    path, out = save(tmp_path / "d.npy"), tmp_path / "five"
    arguments = ["data", "import", str(path), "--out", str(out)]
    assert run_command(arguments) == 2
    refused = capsys.readouterr().err
    assert refused.count("\n") == 1
    assert "a program that may do anything" in refused
    assert not out.exists()
    assert run_command([*arguments, "--allow-pickle", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["counts"] == {"train": 180, "test": 10, "validation": 10}
    loaded, wanted = catalogue.load(str(out)), read_features(path, allow_pickle=True)
    assert loaded.classes == wanted.classes
    for split, pictures in wanted.splits.items():
        np.testing.assert_array_equal(loaded.splits[split].images, pictures.images)
        np.testing.assert_array_equal(loaded.splits[split].labels, pictures.labels)
    assert loaded.fingerprint == said["fingerprint"]
    assert run_command([*arguments, "--allow-pickle"]) == 2
    assert "give another folder" in capsys.readouterr().err
    assert run_command(["data", "inspect", str(out), "--grid", str(tmp_path / "g.png")]) == 0


def test_many_classes_are_told_in_a_line(tmp_path, capsys):
    path = tmp_path / "d.npy"
    pictures = np.arange(400, dtype=np.uint8).repeat(4).reshape(-1, 2, 2)
    np.save(path, {"features": pictures, "target": np.arange(400) % 200})
    out = str(tmp_path / "many")
    assert run_command(["data", "import", str(path), "--out", out, "--allow-pickle"]) == 0
    assert "18, 19, ... (200 in all)" in " ".join(capsys.readouterr().out.split())
