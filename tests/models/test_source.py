"""A changed builder is a changed builder, wherever the change stands; other lines are not."""

import linecache
import sys

import pytest

from versus.models.builder import find_builder

NETS = """
import functools
from versus.backend import keras
import helpers
from helpers import Scaled

UNITS = 8
QUESTION = "which?"

class Half(keras.layers.Layer):
    def call(self, x):
        return shrink(x)

def shrink(x):
    return x * 0.5

def net(input_shape, classes):
    def inner():
        return [Half(), Scaled(), keras.layers.Dense(UNITS)]
    return keras.Sequential([keras.Input(input_shape), *inner(), helpers.head(classes)])

def alone(input_shape, classes):
    return keras.Sequential([keras.Input(input_shape), keras.layers.Dense(classes)])

made = functools.partial(net, classes=3)
"""
HELPERS = """
from versus.backend import keras

class Scaled(keras.layers.Layer):
    def call(self, x):
        return x * 3

def head(classes):
    return keras.layers.Dense(classes)
"""


@pytest.fixture
def digest(tmp_path, monkeypatch):
    """Returns the hash of a builder after replacing text in one of the two files."""
    monkeypatch.chdir(tmp_path)
    # The helper file is edited within a second, too fast for the bytecode cache to notice.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def of(name="net", old="", new="", helpers_old="", helpers_new=""):
        sys.modules.pop("helpers", None)
        (tmp_path / "nets.py").write_text(NETS.replace(old, new) if old else NETS)
        text = HELPERS.replace(helpers_old, helpers_new) if helpers_old else HELPERS
        (tmp_path / "helpers.py").write_text(text)
        linecache.clearcache()
        return find_builder(f"nets.py:{name}").source_sha256

    return of


@pytest.mark.parametrize(
    "change",
    [
        {"old": "Dense(UNITS)", "new": "Dense(UNITS + 1)"},
        {"old": "UNITS = 8", "new": "UNITS = 9"},
        {"old": "x * 0.5", "new": "x * 0.0"},
        {"old": "return shrink(x)", "new": "return shrink(shrink(x))"},
        {"helpers_old": "x * 3", "helpers_new": "x * 4"},
        {"helpers_old": "Dense(classes)", "helpers_new": "Dense(classes, use_bias=False)"},
    ],
    ids=str,
)
def test_what_the_builder_draws_upon_counts(digest, change):
    assert digest(**change) != digest()


def test_other_lines_of_the_file_do_not(digest):
    assert digest(old="which?", new="why?") == digest()
    assert digest("alone", old="x * 0.5", new="x * 0.0") == digest("alone")


def test_it_is_stable(digest):
    assert digest() == digest()
    assert len(digest("made")) == 64


def test_built_in_builders_of_one_closure_differ():
    hashes = {find_builder(n).source_sha256 for n in ("filters-32-3x3", "filters-64-3x3", "fc")}
    assert len(hashes) == 3
