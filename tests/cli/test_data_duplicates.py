"""`versus data duplicates`: what is equal, by row and label, and by exit code."""

import json

import numpy as np
import pytest

from versus.cli.main import run_command
from versus.data import catalogue
from versus.data.dataset import Dataset, Split


@pytest.fixture
def leaky(tiny, monkeypatch):
    images = np.array(tiny.test.images)
    images[7] = tiny.train.images[3]
    labels = np.array(tiny.test.labels)
    labels[7] = 2  # row 3 of train is of class 0
    data = Dataset("leaky", tiny.classes, tiny.train, Split(images, labels))
    monkeypatch.setattr(catalogue, "load", lambda name: data)
    return data


def test_rows_and_labels_are_shown(leaky, capsys):
    assert run_command(["data", "duplicates", "leaky"]) == 1
    shown = capsys.readouterr().out
    assert "1 test picture is in train too, byte for byte, with another label" in shown
    row = next(line for line in shown.splitlines() if line.strip().startswith("train"))
    assert row.split() == ["train", "3", "test", "7", "band", "0", "band", "2"]


def test_as_json(leaky, capsys):
    assert run_command(["data", "duplicates", "leaky", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["fingerprint"] == leaky.fingerprint
    assert found["equal_pictures"] == [
        {"a": "train", "b": "test", "count": 1, "conflicts": 1, "examples": [[3, 7]]}
    ]


def test_nothing_equal_is_said_and_exits_with_0(capsys):
    assert run_command(["data", "duplicates", "digits"]) == 0
    assert capsys.readouterr().out == "digits: no two pictures are equal, in no split\n"
