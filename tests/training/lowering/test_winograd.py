"""Convolutions with fewer products, against torch's in float64, forward and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.backend import keras, torch
from versus.training.kernels.toom_cook import POINTS, short
from versus.training.kernels.vectors import BYTES, ROWS
from versus.training.lowering.program import lower
from versus.training.lowering.winograd import Convolved, Layout, find_layout

F = torch.nn.functional
LANES = BYTES // 8
"""Numbers of a vector, in float64."""


def relative(found, wanted):
    found, wanted = found.detach(), wanted.detach()
    return float((found - wanted).abs().max() / wanted.abs().max())


def random(*shape, dtype=torch.float64, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=shape)).to(dtype)


def both(x, kernel, bias, layout, after):
    """Values and gradients by the kernels, and by torch with the same zeros around."""
    inputs = [x.clone().requires_grad_(), kernel.clone().requires_grad_()]
    inputs.append(bias.clone().requires_grad_())
    found = Convolved.apply(*inputs, layout)
    given = random(*found.shape, dtype=x.dtype, seed=9)
    ours = [found, *torch.autograd.grad(found, inputs, given)]
    below, right = after
    wide = F.pad(inputs[0], (layout.before, right, layout.above, below))
    wanted = F.conv2d(wide, inputs[1].permute(3, 2, 0, 1), inputs[2])
    return ours, [wanted, *torch.autograd.grad(wanted, inputs, given)]


@pytest.mark.parametrize(("m", "r"), [(n - r + 1, r) for n in POINTS for r in range(2, n)])
def test_a_short_convolution_takes_as_many_products_as_points(m, r):
    matrices = short(m, r)
    values, taps, places = (np.array(matrix) for matrix in matrices)
    rng = np.random.default_rng(m * 10 + r)
    d, g = rng.normal(size=m + r - 1), rng.normal(size=r)
    found = places @ ((taps @ g) * (values @ d))
    np.testing.assert_allclose(found, np.correlate(d, g), rtol=1e-11, atol=1e-11)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([(m, r) for r in (2, 3, 5, 7) for m in (2, 3, 4, 6) if m + r - 1 <= 8]),
    st.integers(1, 5),
    st.tuples(st.integers(7, 15), st.integers(7, 15)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.booleans(),
)
def test_values_and_gradients_are_torchs(form, count, size, vectors, same):
    m, r = form
    channels, filters = max(LANES, ROWS) * vectors[0], LANES * vectors[1]
    above, below = ((r - 1) // 2, r // 2) if same else (0, 0)
    height, width = (side if same else side - r + 1 for side in size)
    layout = Layout(m, r, above, above, height, width)
    x, kernel = random(count, channels, *size), random(r, r, channels, filters, seed=1)
    ours, wanted = both(x, kernel, random(filters, seed=2), layout, (below, below))
    assert ours[0].shape == wanted[0].shape
    for found, expected in zip(ours, wanted, strict=True):
        assert relative(found, expected) < 1e-11


def test_rounding_stays_that_of_float32():
    layout = Layout(4, 3, 1, 1, 14, 14)
    x, kernel, bias = random(8, 32, 14, 14).relu(), random(3, 3, 32, 32, seed=1), random(32, seed=2)
    (exact, *_), _ = both(x, kernel, bias, layout, (1, 1))
    (found, *_), (direct, *_) = both(x.float(), kernel.float(), bias.float(), layout, (1, 1))
    assert 0 < relative(found.double(), exact) < 5e-6
    assert relative(direct.double(), exact) < 5e-6


def test_several_threads_give_the_same_bits_again_and_the_same_values_as_one():
    layout = Layout(4, 3, 1, 1, 28, 28)
    x, kernel, bias = random(64, 32, 28, 28), random(3, 3, 32, 32, seed=1), random(32, seed=2)
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (2, 2, 1):
            torch.set_num_threads(threads)
            found.append(both(x, kernel, bias, layout, (1, 1))[0])
    finally:
        torch.set_num_threads(before)
    for first, again, alone in zip(*found, strict=True):
        assert torch.equal(first, again)
        assert relative(first, alone) < 1e-12


def convolution(filters, size, channels=32, **options):
    layer = keras.layers.Conv2D(filters, size, **options)
    layer.build((None, 14, 14, channels))
    return layer


@pytest.mark.parametrize(
    "layer",
    [
        convolution(32, 3, strides=2),
        convolution(32, 3, dilation_rate=2),
        convolution(32, (3, 5)),
        convolution(32, 3, groups=2),
        convolution(30, 3),
        convolution(32, 1),
        convolution(32, 9),
    ],
)
def test_what_it_is_not_for_is_left_to_torch(layer):
    assert find_layout(layer, torch.zeros(2, 32, 14, 14, dtype=layer.kernel.value.dtype)) is None


def test_a_picture_smaller_than_the_kernel_is_refused_by_torch():
    layer = convolution(32, 5, dtype="float64")
    assert find_layout(layer, torch.zeros(2, 32, 3, 3, dtype=torch.float64)) is None


@pytest.mark.parametrize("channels", [LANES, 2 * LANES, 3 * LANES])
def test_channels_that_do_not_fill_the_rows_of_a_product_are_left_to_torch(channels):
    # The kernel's gradient is made of eight rows at once: it would write behind its end.
    layer = convolution(4 * LANES, 3, channels, dtype="float64")
    layout = find_layout(layer, torch.zeros(2, channels, 14, 14, dtype=torch.float64))
    assert (layout is None) == (channels % ROWS > 0)


def test_it_is_what_a_model_is_trained_by():
    layers = keras.layers
    model = keras.Sequential([keras.Input((14, 14, 32)), layers.Conv2D(32, 3, padding="same")])
    pictures = random(2, 14, 14, 32, dtype=model.layers[0].kernel.value.dtype)
    seen = pictures.permute(0, 3, 1, 2)
    layout = find_layout(model.layers[0], seen)
    assert layout is not None  # which tile is cheapest goes by the processor's vectors
    assert layout[1:] == (3, 1, 1, 14, 14)
    program = lower(model, np.random.default_rng(0))
    (found,) = program([pictures], training=True)
    # What a gradient comes through says whose function made it.
    names, open_ = set(), [found.grad_fn]
    while open_:
        function = open_.pop()
        names.add(type(function).__name__)
        open_ += [inner for inner, _ in function.next_functions if inner is not None]
    assert "ConvolvedBackward" in names
