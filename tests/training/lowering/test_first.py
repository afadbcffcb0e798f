"""The first convolution and its pooling as one function: against Keras in float64, and its form."""

import functools

import numpy as np
import pytest
from agreement import assert_agrees, randomise, sequential
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.backend import keras, torch
from versus.training.kernels import first
from versus.training.lowering import first as lowered
from versus.training.lowering.halved import behind
from versus.training.lowering.program import lower

L = keras.layers


def kinds(program):
    return [call.kind for call in program.listings[True, False]]


@pytest.fixture
def fused(monkeypatch):
    """Counts what was really done at once."""
    done = []
    before = lowered.ConvolvedPooled.apply

    def apply(*arguments):
        done.append(arguments)
        return before(*arguments)

    monkeypatch.setattr(lowered.ConvolvedPooled, "apply", apply)
    return done


CONVOLUTIONS = {
    "3x3": {"kernel_size": 3},
    "same": {"kernel_size": 3, "padding": "same"},
    "2x2 same, padded on one side": {"kernel_size": 2, "padding": "same"},
    "1x4": {"kernel_size": (1, 4)},
    "4x2 same": {"kernel_size": (4, 2), "padding": "same"},
    "no bias": {"kernel_size": 3, "use_bias": False},
    "1x1": {"kernel_size": 1},
}
POOLINGS = {"left out": "valid", "cut off": "same"}
ACTIVATIONS = {
    "bare": [],
    "relu": [L.ReLU],
    "leaky": [lambda: L.LeakyReLU(0.1)],
    "sigmoid": [lambda: L.Activation("sigmoid")],
}


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (6, 7), (5, 5)], ids=str)
@pytest.mark.parametrize("convolution", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
@pytest.mark.parametrize("padding", POOLINGS.values(), ids=POOLINGS)
@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_a_net_s_beginning(size, convolution, padding, activation, fused):
    layers = [L.Conv2D(5, **convolution), *(make() for make in activation)]
    layers += [L.MaxPooling2D(2, padding=padding), L.Flatten(), L.Dense(3)]
    program = assert_agrees(sequential((*size, 1), *layers), of_inputs=False)
    if activation == ACTIVATIONS["sigmoid"]:  # pooling goes before it only where nothing is learnt
        assert not fused
        return
    assert len(fused) == 2, "training and not"
    assert kinds(program)[0].startswith("Conv2D + ")


@pytest.mark.parametrize("wanted", ["kernel", "bias"])
def test_only_what_learns_has_a_gradient(wanted, fused):
    model = sequential((8, 8, 1), L.Conv2D(4, 3), L.MaxPooling2D(2), L.Flatten(), L.Dense(2))
    other = model.layers[0].bias if wanted == "kernel" else model.layers[0].kernel
    other.trainable = False
    assert_agrees(model, of_inputs=False)
    assert fused


def test_a_frozen_convolution(fused):
    model = sequential((8, 8, 1), L.Conv2D(4, 3), L.MaxPooling2D(2), L.Flatten(), L.Dense(2))
    model.layers[0].trainable = False
    assert_agrees(model, of_inputs=False)
    assert fused[0][-1] is False, "nothing is kept for a gradient"


def test_where_the_gradient_of_pictures_is_wanted_it_is_there(fused):
    assert_agrees(sequential((8, 8, 1), L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(2)))
    assert not fused


def test_behind_the_pooling_of_a_prediction(fused):
    """Pooling goes before the normalisation there, and the convolution is next to it."""
    layers = [L.Conv2D(4, 3, activation="relu"), L.BatchNormalization(), L.MaxPooling2D(2)]
    model = sequential((9, 9, 1), *layers, L.Flatten(), L.Dense(2))
    randomise(model)
    model.layers[1].gamma.assign([0.5, 1.0, 2.0, 0.1])
    pictures = torch.tensor(np.random.default_rng(0).normal(size=(4, 9, 9, 1)))
    program = lower(model, torch.Generator())
    with torch.no_grad():
        (found,) = program([pictures], training=False)
        np.testing.assert_allclose(found, model(pictures, training=False), rtol=0, atol=1e-9)
    assert len(fused) == 1
    assert program.listings[True, True][0].kind == (
        "Conv2D + MaxPooling2D + activation + BatchNormalization"
    )
    assert kinds(program)[0] == "Conv2D", "statistics are of all values while training"
    (found,) = program([pictures], training=False)  # with gradients of gamma and beta
    assert len(fused) == 1
    weights = [model.layers[1].gamma.value, model.layers[1].beta.value]
    theirs = torch.autograd.grad(model(pictures, training=False).square().sum(), weights)
    for one, other in zip(torch.autograd.grad(found.square().sum(), weights), theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "convolution",
    [
        {"kernel_size": 3, "strides": 2},
        {"kernel_size": 3, "dilation_rate": 2},
        {"kernel_size": 5},
        {"kernel_size": (2, 5)},
    ],
    ids=str,
)
def test_others_are_left_to_torch(convolution, fused):
    assert_agrees(
        sequential((12, 12, 1), L.Conv2D(4, **convolution), L.MaxPooling2D(2)), of_inputs=False
    )
    assert not fused


def test_several_channels_are_left_to_torch(fused):
    assert_agrees(sequential((8, 8, 2), L.Conv2D(4, 3), L.MaxPooling2D(2)), of_inputs=False)
    assert not fused


def test_what_others_read_in_between_is_kept(fused):
    inputs = keras.Input((8, 8, 1))
    x = L.Conv2D(4, 3)(inputs)
    model = keras.Model(inputs, [L.MaxPooling2D(2)(x), x])
    assert_agrees(model, of_inputs=False)
    assert not fused


def test_equals_and_nan_as_torch_has_them():
    """Of equals the first has the gradient; NaN wins, and its window's gradient is its own."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.integers(-2, 3, size=(6, 1, 8, 8)).astype(float))
    x[0, 0, 0, 0] = torch.nan
    kernel = torch.tensor(rng.integers(-1, 2, size=(2, 2, 1, 7)).astype(float), requires_grad=True)
    bias = torch.zeros(7, dtype=torch.float64, requires_grad=True)
    found = []
    for at_once in (True, False):
        if at_once:
            bare = behind((), (False, False), 7, np.dtype(float))
            out = lowered.ConvolvedPooled.apply(x, kernel, bias, bare, False, True)
        else:
            convolved = torch.nn.functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias)
            out = torch.nn.functional.max_pool2d(convolved, 2)
        weights = torch.arange(out.numel(), dtype=torch.float64).reshape(out.shape)
        found.append([out, *torch.autograd.grad((out[1:] * weights[1:]).sum(), [kernel, bias])])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_array_equal(ours.detach(), theirs.detach())
    assert torch.isnan(found[0][0]).sum() == 7


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 4))
def test_threads_change_no_bit(count, threads):
    rng = np.random.default_rng(count)
    x = torch.tensor(rng.normal(size=(count, 1, 9, 9)), dtype=torch.float32)
    kernel = torch.tensor(rng.normal(size=(3, 3, 1, 8)), dtype=torch.float32, requires_grad=True)
    relu, found = behind((), (True, False), 8, np.dtype(np.float32)), []
    for number in (1, threads):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lowered, "run", functools.partial(in_parts, number))
            out = lowered.ConvolvedPooled.apply(x, kernel, None, relu, False, True)
            found.append([out.detach(), torch.autograd.grad(out.sum(), kernel)[0]])
    for one, several in zip(*found, strict=True):
        assert torch.equal(one, several)


def in_parts(parts, kernel, count, _, *arguments):
    for part in range(parts):
        kernel(count * part // parts, count * (part + 1) // parts, *arguments)


def test_the_kernels_are_compiled():
    assert first.convolve_pool.signatures
    assert first.convolve_pool_gradient.signatures
