"""The embedded digits: their bytes for ever, and the arithmetic that enlarges them."""

import numpy as np
import pytest

from versus.data import digits
from versus.data.catalogue import find, load
from versus.errors import DataFormatError

FINGERPRINT = "sha256:e626bea6733c81944ace581ec98e16fa2bf4187ea7e2ed972fc208a352e79301"


def test_digits_are_the_same_for_ever():
    data = load("digits")
    assert data.train.images.shape == (1437, 28, 28, 1)
    assert data.test.images.shape == (360, 28, 28, 1)
    assert data.classes == tuple("0123456789")
    assert data.train.labels[:12].tolist() == [*range(10), 0, 1]
    assert data.fingerprint == FINGERPRINT
    assert str(find("digits")) == "inside scikit-learn"


def test_weights_are_shares_of_fourteen_and_symmetric():
    weights = digits._weights()
    assert weights.shape == (28, 8)
    assert (weights.sum(axis=1) == 14).all()
    assert np.array_equal(weights, weights[::-1, ::-1])
    assert weights[0].tolist() == [14, 0, 0, 0, 0, 0, 0, 0]  # clamped
    assert weights[2, :2].tolist() == [11, 3]  # (4 x 2 - 5) / 14 beyond the first centre


def test_upscaling_is_bilinear():
    """Against scipy's linear interpolation at the half-pixel centres."""
    from scipy.ndimage import map_coordinates

    small = np.random.default_rng(0).integers(0, 17, (8, 8))
    at = (np.arange(28) + 0.5) * 8 / 28 - 0.5
    exact = map_coordinates(small / 16 * 255, np.meshgrid(at, at, indexing="ij"), order=1,
                            mode="nearest")  # fmt: skip
    large = digits.upscale(small[np.newaxis])[0]
    assert large.dtype == np.uint8
    assert np.abs(large - exact).max() <= 0.5 + 1e-9


def test_upscaling_keeps_the_ends_of_the_range():
    flat = np.stack([np.full((8, 8), value) for value in (0, 8, 16)])
    assert digits.upscale(flat).reshape(3, -1).tolist() == [[v] * 784 for v in (0, 128, 255)]


def test_other_digits_in_scikit_learn_are_noticed(monkeypatch):
    from sklearn import datasets

    bunch = datasets.load_digits()
    bunch["images"][0, 0, 0] += 1
    monkeypatch.setattr(datasets, "load_digits", lambda: bunch)
    with pytest.raises(DataFormatError, match=r"load_digits: expected SHA-256 .*; found .*: inst"):
        load("digits")
