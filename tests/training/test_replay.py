"""Steps replayed as a graph train as steps made one by one do; the graph is a tape here."""

import logging

import numpy as np
import pytest
from keras.src.backend.common import dtypes
from tape import BrokenRecorder, CallRecorder, TapeRecorder
from test_optimizers import RULED

from versus.backend import isolated, keras, torch
from versus.errors import DivergedError
from versus.training import engine, loop, losses, replay
from versus.training.checkpoint import Checkpoint
from versus.training.lowering import fusion
from versus.training.recipe import Recipe
from versus.training.recorder import RECORDERS
from versus.training.spending import Spending

L = keras.layers


@pytest.fixture(autouse=True)
def as_on_a_card(monkeypatch):
    """Nothing is done by the processor's own kernels."""
    for kernels in (fusion, losses):
        monkeypatch.setattr(kernels, "usable", lambda: False)


SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=3)


@pytest.fixture
def record(monkeypatch):
    """Let the processor's steps go through a recorder; masks come from torch then, as on a card."""
    monkeypatch.setattr(loop, "mask_source", lambda seed: torch.Generator().manual_seed(seed))

    def use(recorder):
        monkeypatch.setitem(RECORDERS, "cpu", lambda: recorder)
        return recorder

    return use


def net(layers):
    """A small classifier with `layers()` in the middle, always from the same weights."""
    with isolated(1):
        head = [L.Flatten(), L.Dense(3, activation="softmax")]
        return keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *layers(), *head])


def conv():
    return net(
        lambda: [
            L.Conv2D(4, 3, activation="relu", padding="same", kernel_regularizer="l2"),
            L.BatchNormalization(),
            L.MaxPooling2D(2),
            L.Dropout(0.25),
            L.Dense(8, activation="relu"),
            L.Dropout(0.3),
        ]
    )


def dense():
    return net(lambda: [L.Dense(5, activation="tanh")])


def weights(model):
    return [np.array(v.value.detach()) for v in model.variables]


def train(model, tiny, recipe=SHORT, **options):
    history = engine.fit(model, recipe, tiny.train, tiny.test, seed=3, **options)
    return history.history, weights(model)


def assert_equal(a, b, **tolerance):
    for key in a[0]:
        np.testing.assert_allclose(a[0][key], b[0][key], **tolerance)
    for x, y in zip(a[1], b[1], strict=True):
        np.testing.assert_allclose(x, y, **tolerance)


RECIPES = {
    "sgd": {"optimizer": "sgd"},
    "nesterov": {"optimizer": "sgd", "optimizer_options": {"momentum": 0.9, "nesterov": True}},
    "adam": {},
    "adamw": {"optimizer": "adamw"},
    "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.001},
    "adadelta": {"optimizer": "adadelta", "learning_rate": 1.0},
    "clipped": {"optimizer_options": {"clipnorm": 0.5}},
    "schedule": {"learning_rate": keras.optimizers.schedules.CosineDecay(0.02, 15)},
    "squared error": {"loss": "mean_squared_error"},
    "binary": {"loss": "binary_crossentropy"},
    "focal": {"loss": "categorical_focal_crossentropy"},
    "hinge": {"loss": "categorical_hinge"},
    "divergence": {"loss": "kl_divergence"},
    "absolute error": {"loss": "mean_absolute_error"},
    "clipped together": {"optimizer_options": {"global_clipnorm": 0.5}},
    "clipped by value": {"optimizer_options": {"clipvalue": 0.01}},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_graph_trains_as_single_steps_do(tiny, record, changes):
    recipe = Recipe(**{**SHORT.to_dict(), **changes})
    plain = train(conv(), tiny, recipe)
    called = record(CallRecorder())
    same_calls = train(conv(), tiny, recipe)
    taped = record(TapeRecorder())
    replayed = train(conv(), tiny, recipe)
    assert called.captured == taped.captured == 1
    assert taped.replayed == 3 * 4 - replay.WARM - 1  # all steps but the warm, and the partial ones
    assert_equal(replayed, same_calls, rtol=0)
    # Rules that read nothing round elsewhere than those that do; bfloat16 makes more of that.
    close = 0.05 if recipe.precision == "bfloat16" else 2e-3
    assert_equal(replayed, plain, rtol=close, atol=close / 5)


def test_without_rounding_the_two_are_one(tiny, record, monkeypatch):
    """In float64, where a mistake would stand out."""
    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        plain = train(conv(), tiny)
        recorder = record(TapeRecorder())
        assert_equal(train(conv(), tiny), plain, rtol=1e-9, atol=1e-12)
        assert recorder.replayed > 0
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


@pytest.mark.parametrize("make", RULED.values(), ids=RULED)
def test_a_rule_reads_nothing_from_the_device(make):
    from test_optimizers import gradients, make_variables

    from versus.training.filling import Filling
    from versus.training.optimizers import Updater, learning_rate
    from versus.training.readings import readings

    ours, theirs = make_variables(), make_variables()
    updater, optimizer = Updater(make(), ours), make()
    optimizer.build(theirs)
    for step in range(12):
        rate = torch.tensor(learning_rate(updater.optimizer), dtype=torch.float64)
        now = gradients(1.0, step)
        with readings("cpu") as found, Filling():
            updater(now, rate)
        assert step == 0 or found == []
        optimizer.apply(gradients(1.0, step), theirs)
    # Keras's own weight decay goes through float32.
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.value.detach(), b.value.detach(), rtol=1e-6, atol=1e-7)
    for a, b in zip(updater.optimizer.variables, optimizer.variables, strict=True):
        np.testing.assert_allclose(a.value.detach(), b.value.detach(), rtol=1e-6, atol=1e-7)


def test_a_learning_rate_is_read_by_the_graph_itself(tiny, record):
    def halved():
        return keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)

    plain = train(conv(), tiny, callbacks=[halved()])
    recorder = record(TapeRecorder())
    assert_equal(train(conv(), tiny, callbacks=[halved()]), plain, rtol=2e-3, atol=1e-4)
    assert recorder.captured == 1


class Changes(keras.callbacks.Callback):
    """Does something before the second epoch."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.change(self.model)


CHANGES = {
    "a rate of dropout": lambda model: setattr(model.layers[4], "rate", 0.6),
    "a frozen layer": lambda model: setattr(model.layers[1], "trainable", False),
    "a frozen normalisation": lambda model: setattr(model.layers[2], "trainable", False),
    "a momentum": lambda model: setattr(model.optimizer, "beta_1", 0.5),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_graph_took_from_python_is_captured_anew(tiny, record, change):
    recipe = SHORT.model_copy(update={"epochs": 4})
    plain = train(conv(), tiny, recipe, callbacks=[Changes(change)])
    recorder = record(TapeRecorder())
    found = train(conv(), tiny, recipe, callbacks=[Changes(change)])
    assert_equal(found, plain, rtol=2e-3, atol=1e-3)
    assert recorder.captured == 2
    assert recorder.replayed > 0


class Mine(L.Layer):
    def call(self, x):
        return x * 2


SINGLE = {
    "Mine": lambda: (net(lambda: [Mine()]), SHORT),
    "Lambda": lambda: (net(lambda: [L.Lambda(lambda x: x)]), SHORT),
    "the activation of": lambda: (net(lambda: [L.Dense(4, activation=lambda x: x * 2)]), SHORT),
    "Nadam": lambda: (dense(), SHORT.model_copy(update={"optimizer": "nadam"})),
    "asks the device": lambda: (net(lambda: [L.GaussianNoise(0.1, seed=1)]), SHORT),
}


@pytest.mark.parametrize("why", SINGLE)
def test_what_cannot_be_captured_is_made_step_by_step_and_said(tiny, record, why, caplog):
    plain = train(SINGLE[why]()[0], tiny, SINGLE[why]()[1])
    recorder = record(TapeRecorder())
    with caplog.at_level(logging.WARNING, "versus"):
        found = train(SINGLE[why]()[0], tiny, SINGLE[why]()[1])
    assert_equal(found, plain, rtol=2e-3, atol=1e-4)
    assert recorder.captured == 0
    said = [r.getMessage() for r in caplog.records if "made one by one" in r.getMessage()]
    assert len(said) == 1
    assert why in said[0]


def test_a_capture_that_fails_costs_no_step(tiny, record, caplog):
    record(CallRecorder())
    whole = train(conv(), tiny)
    record(BrokenRecorder())
    with caplog.at_level(logging.WARNING, "versus"):
        found = train(conv(), tiny)
    assert_equal(found, whole, rtol=2e-3, atol=1e-4)
    assert "it cannot be captured (operation not permitted" in caplog.text


def test_a_callback_with_batch_hooks_sees_every_step(tiny, record):
    class Counts(keras.callbacks.Callback):
        losses = ()

        def on_train_batch_end(self, batch, logs=None):
            self.losses += (logs["loss"],)

    recorder, counts = record(TapeRecorder()), Counts()
    train(conv(), tiny, callbacks=[counts])
    assert len(counts.losses) == 15
    assert recorder.captured == 0


def test_a_budget_of_steps_is_kept_to(tiny, record):
    spending = Spending(steps=8)
    recorder = record(TapeRecorder())
    train(conv(), tiny, callbacks=[spending])
    assert spending.steps == 8
    assert recorder.replayed > 0


@pytest.mark.parametrize("every", [3, 50])
def test_a_loss_that_is_no_number_ends_at_its_step(tiny, record, monkeypatch, every):
    """The weights are those before it, though steps behind it were made already."""
    monkeypatch.setattr(replay, "CHECK", every)

    class Breaks(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 1e38

    recipe = SHORT.model_copy(update={"optimizer": "sgd"})
    found = []
    for recorder in (None, TapeRecorder()):
        if recorder:
            record(recorder)
        model = net(lambda: [L.Dense(4, activation="relu")])
        with pytest.raises(DivergedError) as error:
            train(model, tiny, recipe, callbacks=[Breaks()])
        found.append((str(error.value), weights(model)))
    assert found[0][0] == found[1][0]
    for a, b in zip(found[0][1], found[1][1], strict=True):
        assert np.isfinite(b).all()
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    assert recorder.replayed > 0


def test_the_bar_of_progress_shows_the_loss_of_the_moment(tiny, record, capsys):
    recorder = record(TapeRecorder())
    history, _ = train(conv(), tiny, verbose=1)
    assert recorder.captured == 1
    assert f"{history['loss'][-1]:.4f}" in capsys.readouterr().out


def test_a_training_goes_on_where_it_was_saved(tiny, record, tmp_path):
    record(TapeRecorder())
    whole = train(conv(), tiny)

    class Stops(Exception):
        pass

    class Fails(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise Stops

    kept = Checkpoint(tmp_path, every_epoch=True)
    with pytest.raises(Stops):
        train(conv(), tiny, callbacks=[Fails()], checkpoint=kept)
    recorder = record(TapeRecorder())
    found = train(conv(), tiny, checkpoint=Checkpoint(tmp_path))
    assert recorder.captured == 1
    assert_equal(found, whole, rtol=0)
