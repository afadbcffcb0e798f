"""From any pixels to a model's input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from versus.data import catalogue
from versus.data.ink import blank, dark_on_bright
from versus.data.preparation import Preparation
from versus.errors import ConfigurationError

MNIST_WAY = Preparation(height=28, width=28, invert="auto", box=20)
PICTURES = arrays(
    np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]))
)


def ramp(height, width, channels=1):
    values = np.arange(height * width * channels) % 256
    return values.astype(np.uint8).reshape(height, width, channels)


@settings(max_examples=200, deadline=None)
@given(
    PICTURES,
    st.integers(1, 33),
    st.integers(1, 33),
    st.sampled_from([1, 3]),
    st.sampled_from(["never", "always", "auto"]),
    st.sampled_from(["pad", "crop", "stretch"]),
    st.sampled_from([0, 1, 20, 40]),
)
def test_any_picture_gets_the_shape(pixels, height, width, channels, invert, fit, box):
    way = Preparation(
        height=height, width=width, channels=channels, invert=invert, fit=fit, box=box
    )
    before = pixels.copy()
    first, again = way.apply(pixels), way.apply(pixels)
    assert (first.shape, first.dtype) == (way.shape, np.uint8)
    assert (first == again).all()
    assert (pixels == before).all()


def test_specks_too_thin_for_the_box_are_blank():
    specks = np.zeros((40, 40, 1), np.uint8)
    specks[5, 5] = specks[35, 35] = 255
    assert not Preparation(height=1, width=1, box=1).apply(specks).any()


def test_the_right_size_is_left_as_it_is():
    pixels = ramp(5, 7, 3)
    assert (Preparation(height=5, width=7, channels=3).apply(pixels) == pixels).all()


def test_grey_becomes_three_equal_channels():
    found = Preparation(height=2, width=3, channels=3).apply(ramp(2, 3))
    assert (found == ramp(2, 3)).all()


def test_pad_fills_up_with_the_border():
    pixels = np.full((2, 4, 1), 200, np.uint8)
    pixels[0, 1] = 10
    found = Preparation(height=4, width=4).apply(pixels)
    assert found[:, :, 0].tolist() == [[200] * 4, [200, 10, 200, 200], [200] * 4, [200] * 4]


def test_crop_cuts_evenly():
    found = Preparation(height=2, width=2, fit="crop").apply(ramp(2, 4))
    assert found[:, :, 0].tolist() == [[1, 2], [5, 6]]


def test_stretch_scales_both_sides():
    found = Preparation(height=2, width=4, fit="stretch").apply(np.full((2, 2, 1), 9, np.uint8))
    assert found[:, :, 0].tolist() == [[9] * 4] * 2


def test_making_smaller_averages():
    pixels = np.zeros((8, 8, 1), np.uint8)
    pixels[::2, ::2] = 200
    found = Preparation(height=2, width=2).apply(pixels)
    assert abs(int(found.mean()) - 50) <= 2


def test_inversion():
    dark = np.full((4, 4, 1), 250, np.uint8)
    dark[1:3, 1:3] = 20
    assert dark_on_bright(dark)
    auto = Preparation(height=4, width=4, invert="auto")
    assert (auto.apply(dark) == 255 - dark).all()
    assert (auto.apply(255 - dark) == 255 - dark).all()
    assert (Preparation(height=4, width=4, invert="always").apply(255 - dark) == dark).all()


@pytest.mark.parametrize("shade", [0, 90, 255])
def test_a_blank_picture_stays_blank(shade):
    pixels = np.full((40, 30, 1), shade, np.uint8)
    assert blank(pixels)
    assert not MNIST_WAY.apply(pixels).any()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_place_and_paper_change_nothing(down, right, dark):
    sign = ramp(9, 6) // 2 + 120
    pixels = np.zeros((24, 24, 1), np.uint8)
    pixels[down + 1 : down + 10, right + 1 : right + 7] = sign
    middle = np.zeros((24, 24, 1), np.uint8)
    middle[8:17, 8:14] = sign
    found = MNIST_WAY.apply(255 - pixels if dark else pixels)
    assert (found == MNIST_WAY.apply(middle)).all()


def test_faint_ink_becomes_strong():
    faint = np.zeros((20, 20, 1), np.uint8)
    faint[5:15, 8:12] = 60
    assert MNIST_WAY.apply(faint).max() == 255


@pytest.mark.real_data
def test_pictures_of_mnist_are_prepared_to_what_they_are(real_data):
    images = catalogue.load("mnist").test.images[:500]
    found = np.array([MNIST_WAY.apply(image) for image in images])
    assert (found == images).all(axis=(1, 2, 3)).sum() >= 400
    assert np.abs(found.astype(int) - images).mean() < 0.01


@pytest.mark.parametrize("wrong", [{"height": 0}, {"channels": 2}, {"fit": "zoom"}, {"box": -1}])
def test_what_cannot_be(wrong):
    with pytest.raises(ConfigurationError, match=f"Preparation.{next(iter(wrong))}"):
        Preparation(**{"height": 2, "width": 2, **wrong})
