"""Convolutions over one channel, against torch's in float64, forward and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.backend import keras, torch
from versus.training.kernels import compiled
from versus.training.kernels.vectors import BYTES
from versus.training.lowering.dense_conv import same_padding
from versus.training.lowering.one_channel import MOST_COLUMNS, ConvolvedGrey, convolve_grey

F = torch.nn.functional
LANES = BYTES // 8
"""Numbers of a vector, in float64."""


def layer_of(kernel, filters, strides, padding="same", bias=True, dtype="float64", **options):
    layer = keras.layers.Conv2D(
        filters, kernel, strides=strides, padding=padding, use_bias=bias, dtype=dtype, **options
    )
    layer.build((None, 28, 28, 1))
    return layer


def random(*shape, seed=0, dtype=torch.float64):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).to(dtype)


def directly(layer, x):
    """What torch's own convolution gives."""
    if layer.padding == "same":
        sides = zip(x.shape[2:], layer.kernel_size, layer.strides, strict=True)
        (top, bottom), (left, right) = (same_padding(*side) for side in sides)
        x = F.pad(x, (left, right, top, bottom))
    bias = layer.bias.value if layer.use_bias else None
    weight = layer.kernel.value.permute(3, 2, 0, 1)
    return F.conv2d(x, weight, bias, stride=tuple(layer.strides))


def with_gradients(function, layer, x):
    x = x.clone().requires_grad_()
    found = function(layer, x)
    wanted = [x, *(variable.value for variable in layer.weights)]
    given = random(*found.shape, seed=9, dtype=x.dtype)
    return [found, *torch.autograd.grad(found, wanted, given)]


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 4),
    st.tuples(st.integers(7, 20), st.integers(7, 20)),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.sampled_from([(1, 1), (2, 2), (1, 2), (3, 1)]),
    st.integers(1, 3),
    st.sampled_from(["same", "valid"]),
    st.booleans(),
)
def test_values_and_gradients_are_torchs(count, size, kernel, strides, vectors, padding, bias):
    layer = layer_of(kernel, LANES * vectors, strides, padding, bias)
    x = random(count, 1, *size)
    ours = with_gradients(convolve_grey, layer, x)
    theirs = with_gradients(directly, layer, x)
    for found, wanted in zip(ours, theirs, strict=True):
        assert found.shape == wanted.shape
        torch.testing.assert_close(found, wanted, rtol=1e-11, atol=1e-11)


def test_float32_is_as_exact_as_torchs():
    layer = layer_of((3, 3), 2 * LANES, (1, 1), dtype="float32")
    exact = layer_of((3, 3), 2 * LANES, (1, 1))
    exact.set_weights(layer.get_weights())
    x = random(64, 1, 28, 28, dtype=torch.float32)
    wanted = with_gradients(directly, exact, x.double())
    for function in (convolve_grey, directly):
        for found, right in zip(with_gradients(function, layer, x), wanted, strict=True):
            error = (found.double() - right).abs().max() / right.abs().max()
            assert 0 < error.item() < 1e-5


def test_several_threads_give_the_same_bits(monkeypatch):
    layer = layer_of((3, 3), 2 * LANES, (1, 1), dtype="float32")
    x = random(9, 1, 28, 28, dtype=torch.float32)
    monkeypatch.setattr(compiled, "WORTH_A_THREAD", 1)
    found = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(compiled.torch, "get_num_threads", lambda n=threads: n)
        found.append(with_gradients(convolve_grey, layer, x))
    for others in found[1:]:
        for a, b in zip(found[0], others, strict=True):
            assert torch.equal(a, b)


def test_the_gradient_of_pictures_is_left_out_where_nobody_wants_it():
    layer, x = layer_of((3, 3), LANES, (1, 1)), random(2, 1, 8, 8)
    (kernel,) = torch.autograd.grad(convolve_grey(layer, x).sum(), [layer.kernel.value])
    assert torch.isfinite(kernel).all()
    assert bool(kernel.any())


@pytest.mark.parametrize(
    "layer",
    [
        layer_of((3, 3), LANES + 1, (1, 1)),
        layer_of((3, 3), LANES, (1, 1), dilation_rate=2),
        layer_of((3, MOST_COLUMNS + 1), LANES, (1, 1)),
        layer_of((3, 3), 2 * LANES, (1, 1), dtype="float32"),
    ],
    ids=["no whole vectors", "dilated", "wide", "other type"],
)
def test_what_it_cannot_do_is_left_to_torch(layer):
    assert convolve_grey(layer, random(1, 1, 28, 28)) is None


def test_a_picture_smaller_than_the_kernel_is_told_by_torch():
    layer = layer_of((5, 5), LANES, (1, 1), "valid")
    assert convolve_grey(layer, random(1, 1, 28, 4)) is None
    assert convolve_grey(layer, random(1, 1, 28, 5)) is not None


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_a_float_is_left_to_torch(dtype):
    layer = layer_of((3, 3), 2 * LANES, (1, 1), dtype=str(dtype).removeprefix("torch."))
    assert convolve_grey(layer, random(1, 1, 8, 8, dtype=dtype)) is None


def test_a_model_comes_to_it(monkeypatch):
    from versus.training.lowering.program import lower

    called = []
    forward = ConvolvedGrey.forward
    monkeypatch.setattr(
        ConvolvedGrey, "forward", lambda *given: called.append(given[1].shape) or forward(*given)
    )
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(LANES, 3, 2, "same")])
    pictures = random(3, 8, 8, 1)
    (found,) = lower(model, np.random.default_rng(0))([pictures], training=True)
    assert called
    expected = keras.ops.convert_to_numpy(model(pictures.numpy()))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-9, atol=1e-9)
