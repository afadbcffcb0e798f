"""Outputs outside training: the lowered program's, as Keras's own predict gives them."""

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.models.build import build
from versus.training.inference import FEWEST, MOST, batch_rows, outputs, why_keras_predicts
from versus.training.lowering import fusion
from versus.training.lowering.program import lower

L = keras.layers


class OwnStep(keras.Sequential):
    def predict_step(self, data):
        return super().predict_step(data) * 2


class OwnCall(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.dense(inputs[:, 0, :, 0])


def net(kind=keras.Sequential, *middle):
    with isolated(0):
        layers = [L.Rescaling(1 / 255), *middle, L.Flatten(), L.Dense(3, activation="softmax")]
        return kind([keras.Input((8, 8, 1)), *layers])


def pictures(count=1003):
    """More than one batch, and a last one that is not full."""
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 1), dtype=np.uint8)


@pytest.mark.parametrize("name", ["fc-dropout", "cnn-pool", "dropout", "resnet-v1-8"])
def test_outputs_are_those_of_keras_predict(name):
    model = build(name, (28, 28, 1), 5 if name == "resnet-v1-8" else 10)
    images = np.random.default_rng(0).integers(0, 256, (300, 28, 28, 1), dtype=np.uint8)
    theirs = model.predict(images, verbose=0)
    model.predict_function = None  # Keras's own way would fail from here on
    model.make_predict_function = None
    ours = outputs(model, images)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float32
    rounding = 5e-6 if "resnet" in name else 1e-6  # of a deep net in float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=rounding)
    np.testing.assert_array_equal(ours, outputs(model, images))


def test_nothing_is_dropped_and_no_state_moves():
    model = net(keras.Sequential, L.BatchNormalization(), L.Dropout(0.5))
    before = [np.array(v.value.detach()) for v in model.variables]
    outputs(model, pictures())
    for a, b in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(a, b.value.detach())
    np.testing.assert_allclose(
        outputs(model, pictures()), model.predict(pictures(), verbose=0), rtol=0, atol=1e-6
    )


def test_a_layer_without_a_rule_does_not_hinder():
    model = net(keras.Sequential, L.UpSampling2D(2))
    assert why_keras_predicts(model) == ""
    theirs = model.predict(pictures(), verbose=0)
    np.testing.assert_allclose(outputs(model, pictures()), theirs, rtol=0, atol=1e-6)


def test_what_is_predicted_by_keras_and_why():
    own = net(OwnStep)
    assert why_keras_predicts(own) == "it has a predict_step of its own"
    np.testing.assert_allclose(outputs(own, pictures()).sum(axis=1), 2, rtol=1e-5)
    subclass = OwnCall()
    subclass(np.zeros((1, 8, 8, 1)))
    assert why_keras_predicts(subclass) == "it is a subclass with a call of its own"
    assert outputs(subclass, pictures(9)).shape == (9, 3)
    inputs = keras.Input((8, 8, 1))
    flat = L.Flatten()(inputs)
    assert "several" in why_keras_predicts(keras.Model(inputs, [flat, flat]))


def test_the_batch_follows_from_the_widest_layer():
    def rows(model):
        with torch.no_grad():
            return batch_rows(lower(model, torch.Generator()), torch.empty(0))

    assert rows(build("fc", (28, 28, 1), 10)) == MOST
    # The first convolution's output is never written, so it does not count; where kernels cannot
    # be compiled it does.
    whole = rows(build("cnn-pool", (28, 28, 1), 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion, "usable", lambda: False)
        assert FEWEST < rows(build("cnn-pool", (28, 28, 1), 10)) < whole
    wide = keras.Sequential([keras.Input((224, 224, 3)), L.Conv2D(64, 3, padding="same")])
    assert rows(wide) == FEWEST
    unknown = keras.Sequential([keras.Input((None, None, 3)), L.Conv2D(8, 3)])
    assert FEWEST <= rows(unknown) <= MOST


def test_the_model_can_be_trained_after_it_was_measured(tiny):
    from versus.training import engine
    from versus.training.recipe import Recipe

    model = net(keras.Sequential, L.Conv2D(2, 3))
    outputs(model, tiny.test.images)
    history = engine.fit(model, Recipe(epochs=2), tiny.train, tiny.test, seed=0)
    assert history.history["loss"][1] < history.history["loss"][0]
    assert not any(v.value.is_inference() for v in model.variables)
