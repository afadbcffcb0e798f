"""Random warps against the Keras layers: the same draws, the same pictures, the same gradients."""

import numpy as np
import pytest
from agreement import assert_agrees, copy_state, kept_as_keras, sequential

from versus.backend import keras, torch
from versus.training.lowering.program import lower

L = keras.layers
PICTURE = (9, 8, 3)
LAYERS = {
    "turned": lambda **how: L.RandomRotation(0.3, **how),
    "turned one way": lambda **how: L.RandomRotation((0.1, 0.2), **how),
    "shifted": lambda **how: L.RandomTranslation(0.3, (-0.4, 0.1), **how),
    "sheared": lambda **how: L.RandomShear(0.3, 0.2, **how),
}
OUTSIDE = {
    "zero": {"fill_mode": "constant"},
    "grey": {"fill_mode": "constant", "fill_value": 0.7},
    "edge": {"fill_mode": "nearest"},
    "mirrored": {"fill_mode": "reflect"},
}


@pytest.mark.parametrize("how", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("shape", [PICTURE, (6, 11, 1)], ids=str)
def test_a_warp(make, how, shape):
    program = assert_agrees(sequential(shape, make(**how, seed=3)), batch=7)
    assert kept_as_keras(program) == {}


@pytest.mark.parametrize("how", OUTSIDE.values(), ids=OUTSIDE)
def test_a_zoom(how):
    """Keras draws it up in float32, whatever the pictures are."""
    model = sequential(PICTURE, L.RandomZoom((-0.4, 0.3), (-0.2, 0.5), **how, seed=3))
    pictures = torch.tensor(np.random.default_rng(1).normal(size=(7, *PICTURE)))
    start = copy_state(model)
    theirs = model(pictures, training=True)
    ended = copy_state(model)
    for variable, value in zip(model.variables, start, strict=True):
        variable.assign(value)
    program = lower(model, torch.Generator())
    (ours,) = program([pictures], training=True)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    assert (ours - pictures).abs().max() > 0.1
    assert kept_as_keras(program) == {}
    for found, expected in zip(copy_state(model), ended, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_warps_between_other_layers():
    layers = [L.Conv2D(4, 3), L.RandomRotation(0.2), L.RandomTranslation(0.2, 0.2), L.Conv2D(2, 3)]
    program = assert_agrees(sequential((12, 12, 1), *layers, L.Flatten(), L.Dense(3)))
    assert kept_as_keras(program) == {}


@pytest.mark.parametrize("shape", [PICTURE, (6, 11, 1)], ids=str)
def test_a_warped_picture_lies_in_memory_as_keras_lays_it_out(shape):
    model = sequential(shape, L.RandomRotation(0.3))
    pictures = torch.tensor(np.random.default_rng(1).normal(size=(4, *shape)))
    (found,) = lower(model, torch.Generator())([pictures], training=True)
    assert found.is_contiguous()


def test_what_a_callback_changes_counts():
    model = sequential(PICTURE, L.RandomRotation(0.3, seed=3))
    program = lower(model, torch.Generator())
    model.layers[0].factor = (0.0, 0.0)
    pictures = torch.tensor(np.random.default_rng(1).normal(size=(4, *PICTURE)))
    (found,) = program([pictures], training=True)
    np.testing.assert_allclose(found, pictures, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "how",
    [{"fill_mode": "wrap"}, {"interpolation": "nearest"}, {"data_format": "channels_first"}],
    ids=str,
)
def test_other_warps_run_as_the_keras_layers_they_are(how):
    program = assert_agrees(sequential(PICTURE, L.RandomRotation(0.3, seed=3, **how)))
    assert "RandomRotation" in kept_as_keras(program)
