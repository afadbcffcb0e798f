"""Frozen leading layers run once per picture, and nothing but the time changes; in float64."""

import numpy as np
import pytest
from agreement import copy_state, randomise, sequential

from versus.backend import keras, torch
from versus.training import engine, features
from versus.training.lowering.explanation import explain
from versus.training.lowering.frozen import cuts, split
from versus.training.lowering.program import lower
from versus.training.recipe import Recipe

L = keras.layers
PICTURE = (8, 8, 1)
RECIPE = Recipe(learning_rate=0.01, batch_size=20, epochs=2)


def frozen_conv(**options):
    return L.Conv2D(3, 3, padding="same", activation="relu", trainable=False, **options)


def head():
    return [L.Flatten(), L.Dense(3, activation="softmax")]


def frozen_norm():
    return L.BatchNormalization(trainable=False)


def branches():
    """Two frozen branches joined, and a frozen layer behind; then the trained head."""
    inputs = keras.Input(PICTURE)
    x = L.Rescaling(1 / 255)(inputs)
    a, b = frozen_conv()(x), frozen_conv()(x)
    x = frozen_norm()(L.Add()([a, b]) + L.Concatenate()([x, x, x]))
    for layer in head():
        x = layer(x)
    return keras.Model(inputs, x)


def nested():
    base = sequential(PICTURE, L.Rescaling(1 / 255), L.Conv2D(3, 3), L.BatchNormalization())
    base.trainable = False
    return sequential(PICTURE, base, L.ReLU(), L.MaxPooling2D(2), *head())


def tail(*layers):
    return lambda: sequential(PICTURE, L.Rescaling(1 / 255), *(make() for make in layers), *head())


# What is cached, and the kind of the last layer before the cut.
CACHED = {
    "convolution": (tail(frozen_conv), "Flatten"),
    "batch norm": (tail(frozen_conv, frozen_norm), "Flatten"),
    "pooling": (tail(frozen_conv, lambda: L.MaxPooling2D(2)), "Flatten"),
    "a Keras layer": (tail(frozen_conv, lambda: L.UpSampling2D(2)), "Flatten"),
    "dropout behind": (tail(frozen_conv, lambda: L.Dropout(0.5), L.ReLU), "activation"),
    "thawed behind": (tail(frozen_conv, lambda: L.Conv2D(2, 3), frozen_conv), "activation"),
    "penalised": (
        tail(lambda: frozen_conv(kernel_regularizer=keras.regularizers.L2(0.1))),
        "Flatten",
    ),
    "branches": (branches, "Flatten"),
    "nested": (nested, "Flatten"),
}


def trained(make, tiny, budget, monkeypatch, recipe=RECIPE, callbacks=()):
    """Train from fixed weights; how many passes over kept features there were, and the rest."""
    monkeypatch.setattr(features, "FEATURE_BUDGET", budget)
    model = make()
    randomise(model)
    made = []
    run = features._run
    monkeypatch.setattr(features, "_run", lambda *args: made.append(args[0]) or run(*args))
    history = engine.fit(
        model, recipe, tiny.train, tiny.test, seed=2, callbacks=[cb() for cb in callbacks]
    )
    monkeypatch.setattr(features, "_run", run)
    return made, history.history, copy_state(model)


@pytest.mark.parametrize(("make", "last"), CACHED.values(), ids=CACHED)
def test_the_numbers_are_those_without_features(make, last, tiny, monkeypatch):
    made, history, weights = trained(make, tiny, features.FEATURE_BUDGET, monkeypatch)
    assert len(made) == 2, "train and validation, once each"
    assert made[0].calls[-1].kind == last
    none, plain, plain_weights = trained(make, tiny, 0, monkeypatch)
    assert none == []
    for key in plain:
        np.testing.assert_allclose(history[key], plain[key], rtol=1e-9, atol=1e-9)
    for a, b in zip(weights, plain_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


class Own(L.Layer):
    def call(self, inputs):
        return inputs * 2


def trained_bypass():
    """The trained part reads the pictures too."""
    inputs = keras.Input(PICTURE)
    x = L.Concatenate()([frozen_conv()(inputs), L.Conv2D(2, 3, padding="same")(inputs)])
    return keras.Model(inputs, L.Dense(3, activation="softmax")(L.Flatten()(x)))


def tied():
    """An operation that reads a trained weight is not frozen, though it has none itself."""
    dense = L.Dense(64)
    dense.build((None, 64))
    inputs = keras.Input((64,))
    x = L.Dense(64, trainable=False)(keras.ops.matmul(inputs, dense.kernel))
    return keras.Model(inputs, dense(x))


NOT_CACHED = {
    "nothing frozen": lambda: sequential(PICTURE, L.Conv2D(2, 3), *head()),
    "no weights": lambda: sequential(PICTURE, L.Rescaling(1 / 255), *head()),
    "random first": lambda: sequential(PICTURE, L.Dropout(0.3), frozen_conv(), *head()),
    "augmented": lambda: sequential(PICTURE, L.RandomFlip(), frozen_conv(), *head()),
    "batch norm moves": lambda: sequential(
        PICTURE, L.BatchNormalization(center=False, scale=False), frozen_conv(), *head()
    ),
    "the user's own": lambda: sequential(PICTURE, Own(), frozen_conv(), *head()),
    "a function": lambda: sequential(
        PICTURE, L.Lambda(lambda x: x * 2, output_shape=PICTURE), frozen_conv(), *head()
    ),
    "a bypass": trained_bypass,
    "a tied weight": tied,
    "size unknown": lambda: sequential((None, None, 1), frozen_conv(), L.GlobalMaxPooling2D()),
    "all frozen": lambda: sequential((4,), L.Dense(3, trainable=False)),
}


@pytest.mark.parametrize("make", NOT_CACHED.values(), ids=NOT_CACHED)
def test_what_is_not_kept(make):
    program = lower(make(), torch.Generator())
    assert [cut for cut in cuts(program.graph) if split(program, cut.slot)] == []


def test_the_latest_cut_that_fits_is_taken(tiny, monkeypatch):
    def make():
        return tail(frozen_conv, lambda: L.UpSampling2D(2))()

    pictures = len(tiny.train) + len(tiny.test)
    budget = 8 * 8 * 3 * 8 * pictures  # what the convolution gives, in float64
    made, *_ = trained(make, tiny, budget, monkeypatch)
    assert made[0].calls[-1].kind == "activation"
    made, *_ = trained(make, tiny, budget - 1, monkeypatch)
    assert made == []


def test_the_frozen_part_runs_once_per_picture(tiny, monkeypatch):
    seen = []
    call = L.UpSampling2D.call
    monkeypatch.setattr(
        L.UpSampling2D, "call", lambda self, x: seen.append(len(x)) or call(self, x)
    )
    make = tail(frozen_conv, lambda: L.UpSampling2D(2))
    model, recipe = make(), RECIPE.model_copy(update={"epochs": 4})
    seen.clear()
    engine.fit(model, recipe, tiny.train, tiny.test, seed=0)
    assert sum(seen) == len(tiny.train) + len(tiny.test)
    monkeypatch.setattr(features, "FEATURE_BUDGET", 0)
    seen.clear()
    engine.fit(model, recipe, tiny.train, tiny.test, seed=0)
    assert sum(seen) == 4 * (len(tiny.train) + len(tiny.test))


class Thawing(keras.callbacks.Callback):
    """Trains the convolution in the first and fourth epoch only.

    It is trainable when the training begins: Keras's optimizer knows no other weights.
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.model.layers[1].trainable = epoch in (0, 3)


class Setting(keras.callbacks.Callback):
    """Changes frozen weights at the start of an epoch, and in the middle of another."""

    def scale(self):
        kernel = self.model.layers[1].kernel
        kernel.assign(kernel * 1.5)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if epoch == 1:
            self.scale()

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 2):
            self.scale()

    def on_test_begin(self, logs=None):
        if self.epoch == 3:
            self.scale()


def thawed_conv():
    return L.Conv2D(3, 3, padding="same", activation="relu")


@pytest.mark.parametrize(
    ("layer", "callback", "passes"), [(thawed_conv, Thawing, 4), (frozen_conv, Setting, 8)]
)
def test_callbacks_may_thaw_and_set_what_is_frozen(layer, callback, passes, tiny, monkeypatch):
    recipe = RECIPE.model_copy(update={"epochs": 6, "optimizer": "sgd"})
    options = {"recipe": recipe, "callbacks": [callback]}
    made, history, weights = trained(
        tail(layer), tiny, features.FEATURE_BUDGET, monkeypatch, **options
    )
    none, plain, plain_weights = trained(tail(layer), tiny, 0, monkeypatch, **options)
    assert (len(made), none) == (passes, [])
    for key in plain:
        np.testing.assert_allclose(history[key], plain[key], rtol=1e-9, atol=1e-9)
    for a, b in zip(weights, plain_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_one_epoch_keeps_nothing(tiny, monkeypatch):
    recipe = RECIPE.model_copy(update={"epochs": 1})
    made, *_ = trained(tail(frozen_conv), tiny, 2**30, monkeypatch, recipe=recipe)
    assert made == []


def test_it_is_explained():
    _, rows = explain(tail(frozen_conv, lambda: L.Conv2D(2, 3))())
    assert [row["runs_as"] for row in rows[:3]] == ["native, frozen: once per picture"] * 3
    assert {row["runs_as"] for row in rows[3:]} == {"native"}


def test_what_is_kept_is_never_written_over():
    """Behind the cut stands a ReLU, which elsewhere would write over what it reads."""
    model = tail(lambda: L.Conv2D(3, 3, trainable=False), L.ReLU, lambda: L.Conv2D(2, 3))()
    program = lower(model, torch.Generator())
    kinds = {step.operation.name: step for step in program.graph.steps}
    convolution = next(s for s in kinds.values() if isinstance(s.operation, L.Conv2D))
    (slot,) = convolution.outputs
    parts = split(program, slot)
    assert parts is not None
    first, rest = parts
    picture = torch.randn((2, 8, 8, 1), dtype=torch.float64)
    (kept,) = first([picture], training=False)
    before = kept.clone()
    (found,) = rest([kept], training=False)
    torch.testing.assert_close(kept, before, rtol=0, atol=0)
    assert (before < 0).any(), "a ReLU would have changed it"
    (whole,) = program([picture], training=False)
    torch.testing.assert_close(found, whole)
