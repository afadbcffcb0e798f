"""What a program does only where nothing is learnt: pooling by pairs, and before normalisation.

That is, where kernels of our own are not used: see test_fusion.py for those.
"""

import numpy as np
import pytest
from agreement import randomise, sequential

from versus.backend import keras, torch
from versus.training.lowering import fusion
from versus.training.lowering.program import lower

L = keras.layers


@pytest.fixture(autouse=True)
def without_kernels(monkeypatch):
    monkeypatch.setattr(fusion, "usable", lambda: False)


def predicted(model, images):
    """Keras's prediction and the program's, each without gradients."""
    program = lower(model, torch.Generator())
    with torch.no_grad():
        (ours,) = program([torch.tensor(images)], training=False)
        return model(images, training=False).numpy(), ours.numpy(), program


def images(*shape):
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (5, 6), (2, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_by_pairs_gives_the_same_values(size, padding, monkeypatch):
    model = sequential((*size, 3), L.MaxPooling2D(2, padding=padding))
    pictures = images(4, *size, 3)
    pictures[0, 0, 0, 0] = np.nan
    pictures[1, 0, :, 1] = -np.inf
    pictures[2] = 1.5  # ties
    theirs = model(pictures, training=False).numpy()
    monkeypatch.setattr(torch.nn.functional, "max_pool2d", None)
    program = lower(model, torch.Generator())
    with torch.no_grad():
        (ours,) = program([torch.tensor(pictures)], training=False)
    np.testing.assert_array_equal(ours.numpy(), theirs)
    assert np.isnan(theirs).sum() == 1


@pytest.mark.parametrize("pool", [{"pool_size": 3}, {"pool_size": 2, "strides": 1}])
def test_other_windows_are_left_to_torch(pool):
    theirs, ours, _ = predicted(sequential((8, 8, 3), L.MaxPooling2D(**pool)), images(4, 8, 8, 3))
    np.testing.assert_array_equal(ours, theirs)


def test_where_a_gradient_is_wanted_torch_notes_where_the_greatest_was():
    model = sequential((8, 8, 3), L.MaxPooling2D(2))
    x = torch.tensor(images(4, 8, 8, 3), requires_grad=True)
    (ours,) = lower(model, torch.Generator())([x], training=False)
    assert "MaxPool2D" in type(ours.grad_fn.next_functions[0][0]).__name__


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu6"])
def test_a_saturating_activation_comes_after_pooling_where_no_gradient_is_wanted(name):
    model = sequential((8, 8, 2), L.Conv2D(3, 3, activation=name), L.MaxPooling2D(2))
    randomise(model)
    pictures = images(4, 8, 8, 2) * 30  # ties: most of it saturates
    theirs, ours, program = predicted(model, pictures)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)
    pooled = [call.kind for call in program.listings[False, True]]
    assert pooled == ["Conv2D", "MaxPooling2D", "activation"]
    assert [call.kind for call in program.calls] == ["Conv2D", "activation", "MaxPooling2D"]
    with torch.no_grad():
        assert program.pools_first()
    with torch.enable_grad():
        assert not program.pools_first()


def normalised(gammas, **kwargs):
    model = sequential(
        (9, 8, 2),
        L.Conv2D(3, 3, activation="relu"),
        L.BatchNormalization(**kwargs),
        L.MaxPooling2D(2),
        L.Dropout(0.5),
    )
    randomise(model)
    if gammas:
        model.layers[1].gamma.assign(gammas)
    return model


def pooled_shapes(program, pictures):
    """Heights of what each normalisation is given, in the order in which it is called."""
    seen = []
    normalise = torch.nn.functional.batch_norm

    def watched(x, *args):
        seen.append(x.shape[2])
        return normalise(x, *args)

    torch.nn.functional.batch_norm = watched
    try:
        with torch.no_grad():
            program([torch.tensor(pictures)], training=False)
    finally:
        torch.nn.functional.batch_norm = normalise
    return seen


@pytest.mark.parametrize(
    ("gammas", "height"),
    [([0.5, 2.0, 1e-3], 3), ([0.5, -2.0, 1.0], 7), ([0.5, 0.0, 1.0], 7), ([1.0, np.nan, 1.0], 7)],
)
def test_pooling_goes_before_a_normalisation_only_where_that_rises(gammas, height):
    pictures = images(5, 9, 8, 2)
    theirs, ours, program = predicted(normalised(gammas), pictures)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    assert pooled_shapes(program, pictures) == [height]


def test_without_a_gamma_it_always_rises():
    pictures = images(5, 9, 8, 2)
    theirs, ours, program = predicted(normalised(None, scale=False), pictures)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    assert pooled_shapes(program, pictures) == [3]


def test_a_gamma_that_changes_later_is_seen():
    model, pictures = normalised([1.0, 1.0, 1.0]), images(5, 9, 8, 2)
    program = lower(model, torch.Generator())
    assert pooled_shapes(program, pictures) == [3]
    model.layers[1].gamma.assign([1.0, -1.0, 1.0])
    assert pooled_shapes(program, pictures) == [7]
    with torch.no_grad():
        (ours,) = program([torch.tensor(pictures)], training=False)
        theirs = model(pictures, training=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_a_normalisation_that_others_read_is_not_passed():
    inputs = keras.Input((9, 8, 2))
    x = L.BatchNormalization()(inputs)
    model = keras.Model(
        inputs, L.Add()([L.UpSampling2D(2)(L.MaxPooling2D(2)(x))[:, :, :8], x[:, :8]])
    )
    theirs, ours, program = predicted(model, images(5, 9, 8, 2))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    assert pooled_shapes(program, images(5, 9, 8, 2)) == [9]
