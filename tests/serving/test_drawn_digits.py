"""Digits drawn on the page by script, in every manner, are recognised by a net trained for it.

In short what `benchmarks/strokes.py` measures, with a small net: one test digit of each class.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import versus
from versus.data.dataset import Dataset
from versus.export.bundle import export
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

STROKES = Path(__file__).parents[2] / "benchmarks" / "strokes.py"
MANNERS = {"plain", "thin", "thick", "small", "off-centre", "inverted"}
RECIPE = Recipe(learning_rate=0.003, batch_size=64, epochs=4)


@pytest.fixture
def drawn_on(real_data, tmp_path):
    """A bundle of a net that saw 6,000 digits four times, shifted and turned."""
    full = versus.load("mnist")
    train = (full.train.images[:6000], full.train.labels[:6000])
    test = (full.test.images[:500], full.test.labels[:500])
    data = Dataset.from_arrays(train, test, name="mnist", classes=full.classes)
    variant = Variant("cnn", "cnn-pool-augmented", RECIPE)
    run_study(Study("Can it be drawn for?", data, [variant], seeds=1), tmp_path / "study")
    return export(tmp_path / "study" / "cnn" / "0", tmp_path / "drawn-on", data=data).folder


def test_digits_drawn_in_any_manner_are_recognised(browser, drawn_on, tmp_path):
    out = tmp_path / "found.json"
    command = [sys.executable, str(STROKES), str(drawn_on), "--digits", "1", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text())
    assert (found.pop("errors"), found.pop("outside")) == ([], [])
    assert found.keys() == MANNERS
    assert {manner["of"] for manner in found.values()} == {10}
    for name, manner in found.items():
        assert manner["right"] >= 8, (name, manner["wrong"])
