"""How-to pages are true: each command in them runs, in the folder that the page speaks of."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from data.own_pictures import arrays, flat_folder, image_folder, pixels, png, put

from versus.cli.main import run_command

PAGE = (Path(__file__).parents[1] / "docs" / "how-to" / "own-pictures.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, text in BLOCKS if not kind for line in text.splitlines()]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder of somebody who has pictures, a table of some, and arrays."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    for label, name in enumerate(("ape", "bee", "cat")):
        for number in range(24):
            data = png(pixels(label, number).repeat(2, 0).repeat(2, 1))
            put(tmp_path / "pictures" / name / f"burst{number // 3}-{number}.png", data)
    flat_folder(
        tmp_path / "table", header=("file", "kind", "seen"), extra=(lambda label, n: f"day {n}",)
    )
    x, y = arrays()
    np.savez(tmp_path / "arrays.npz", shots=x, kinds=y)
    np.save("pictures.npy", {"features": x.repeat(2, 0), "target": y.repeat(2, 0)})
    image_folder(tmp_path / "others")
    return tmp_path


def test_there_are_commands():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(place, command, capsys):
    words = shlex.split(command)[1:]
    if "five" in words and "import" not in words:  # made by the line before it
        (before,) = [line for line in COMMANDS if " import " in line]
        assert run_command(shlex.split(before)[1:]) == 0
    if "compare" in words:
        words += ["--epochs", "1", "--jobs", "1"]
        words = [*(w for w in words if w not in ("--seeds", "6")), "--seeds", "1"]
    assert run_command(words) == 0, capsys.readouterr().err


def test_the_python_runs(place):
    (text,) = [text for kind, text in BLOCKS if kind == "python"]
    names: dict = {}
    exec(compile(text, "own-pictures.md", "exec"), names)
    assert names["study"].data.input_shape == (28, 28, 1)
