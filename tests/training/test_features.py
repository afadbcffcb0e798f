"""Kept features in the precisions that are really trained in."""

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.training import engine, features
from versus.training.recipe import Recipe

L = keras.layers
RECIPE = Recipe(learning_rate=0.01, batch_size=20, epochs=3)


def net():
    with isolated(1):
        layers = [
            L.Rescaling(1 / 255),
            L.Conv2D(8, 3, activation="relu", trainable=False),
            L.MaxPooling2D(2),
            L.Conv2D(4, 2, activation="relu"),
            L.Flatten(),
            L.Dense(3, activation="softmax"),
        ]
        return keras.Sequential([keras.Input((8, 8, 1)), *layers])


@pytest.mark.parametrize(("precision", "rtol"), [("float32", 1e-4), ("bfloat16", 0.02)])
def test_features_change_no_training(tiny, monkeypatch, precision, rtol):
    kept = []
    run = features._run
    monkeypatch.setattr(features, "_run", lambda *args: kept.append(run(*args)) or kept[-1])
    recipe = RECIPE.model_copy(update={"precision": precision})
    found = []
    for budget in (features.FEATURE_BUDGET, 0):
        monkeypatch.setattr(features, "FEATURE_BUDGET", budget)
        found.append(engine.fit(net(), recipe, tiny.train, tiny.test, seed=0).history)
    train, validation = kept
    assert train.shape == (96, 3, 3, 8)
    assert train.dtype == getattr(torch, precision)
    assert validation.dtype == torch.float32, "validation is float32 whatever the training is"
    for key, values in found[1].items():
        np.testing.assert_allclose(found[0][key], values, rtol=rtol, atol=0.02)


def test_a_model_without_trainable_weights_is_only_measured(tiny):
    model = net()
    model.trainable = False
    before = model.get_weights()
    history = engine.fit(model, RECIPE, tiny.train, tiny.test, seed=0)
    assert history.history["loss"] == pytest.approx([history.history["loss"][0]] * 3)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
