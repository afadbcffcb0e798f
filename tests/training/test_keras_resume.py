"""A training by Keras's own fit that was interrupted ends with the bits of one that never was."""

import logging
import os
import signal

import numpy as np
import pytest
from test_resume import Break, Drawing, saves  # noqa: F401  (a fixture)

from versus.backend import isolated, keras, torch
from versus.training import reference
from versus.training.checkpoint import Checkpoint
from versus.training.engines import train as train_by
from versus.training.recipe import EarlyStopping, Recipe
from versus.training.snapshot import unpack

L = keras.layers
SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=3)


class TwoOptimizers(keras.Model):
    """Its last layer has an optimizer of its own, made at the first step, and a metric."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.second = keras.optimizers.Adam(0.003)
        self.steps_seen = keras.metrics.Sum(name="seen")

    def train_step(self, data):
        x, y = data
        self.zero_grad()
        loss = self.compute_loss(x=x, y=y, y_pred=self(x, training=True))
        loss.backward()
        weights = self.trainable_weights
        gradients = [weight.value.grad for weight in weights]
        with torch.no_grad():
            self.second.apply(gradients[-2:], weights[-2:])
            self.optimizer.apply(gradients[:-2], weights[:-2])
        self.steps_seen.update_state(1.0)
        return {"loss": loss, "seen": self.steps_seen.result() * 1, "last": loss * 2}


def net(layers=tuple, kind=keras.Model):
    with isolated(1):
        inputs = keras.Input((8, 8, 1))
        x = L.Rescaling(1 / 255)(inputs)
        for layer in [*layers(), L.Dropout(0.3), L.Flatten(), L.Dense(3, activation="softmax")]:
            x = layer(x)
        return kind(inputs, x)


KINDS = {
    "plain": (lambda: net(lambda: [L.Conv2D(3, 3), L.BatchNormalization(), L.ReLU()]), SHORT),
    "drawing": (lambda: net(lambda: [Drawing()]), SHORT),
    "own step": (lambda: net(lambda: [L.Conv2D(3, 3)], TwoOptimizers), SHORT),
    "class weights": (net, SHORT.model_copy(update={"class_weight": {0: 3.0}})),
    "activity regulariser": (
        lambda: net(lambda: [L.Conv2D(3, 3, activity_regularizer="l2")]),
        SHORT.model_copy(update={"optimizer": "nadam"}),
    ),
    "early stopping": (
        net,
        SHORT.model_copy(
            update={
                "epochs": 9,
                "early_stopping": EarlyStopping(
                    monitor="val_accuracy", patience=1, min_delta=9, restore_best_weights=True
                ),
            }
        ),
    ),
}


class Seen(keras.callbacks.Callback):
    """Writes down the steps that callbacks hear of."""

    def __init__(self, into):
        super().__init__()
        self.into = into

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self.into.append((self.epoch, batch))


def train(kind, tiny, folder=None, callbacks=(), **options):
    make, recipe = KINDS[kind]
    model = make()
    checkpoint = None if folder is None else Checkpoint(folder, **{"seconds": 0, **options})
    history = reference.fit(
        model, recipe, tiny.train, tiny.test, seed=3, callbacks=callbacks, checkpoint=checkpoint
    )
    return model, history


def bits(model):
    found = [*model.variables, *model.optimizer.variables]
    found += model.second.variables if hasattr(model, "second") else []
    return [np.array(variable.value.detach()) for variable in found]


def assert_same(a, b):
    (one, first), (two, second) = a, b
    assert first.history == second.history
    assert first.epoch == second.epoch
    assert len(first.epoch_seconds) == len(second.epoch_seconds) == len(first)
    for x, y in zip(bits(one), bits(two), strict=True):
        np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("each", [1, 4])
def test_crashes_change_nothing(tmp_path, tiny, kind, each, saves):  # noqa: F811
    """Crash after every step, or every four, until it ends: each step is made once."""
    whole = train(kind, tiny)
    steps, crashes = [], 0
    while True:
        try:
            done = train(kind, tiny, tmp_path, [Seen(steps), Break(each)])
            break
        except RuntimeError:
            crashes += 1
    assert crashes >= 5 * len(whole[1]) // each - 1
    assert_same(done, whole)
    # The step of each crash was seen, not saved, and made again.
    assert steps == sorted(steps)
    assert len(set(steps)) == 5 * len(whole[1])
    assert len(steps) == len(set(steps)) + crashes


def test_a_checkpoint_changes_nothing(tmp_path, tiny):
    assert_same(train("plain", tiny, tmp_path), train("plain", tiny))


class Stop(keras.callbacks.Callback):
    """Presses Ctrl-C once, in a hook."""

    def __init__(self, hook, at):
        super().__init__()
        self.left = at
        setattr(self, hook, self.press)

    def press(self, *arguments, **options):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("hook", "at", "place"),
    [
        ("on_train_batch_end", 1, (0, 1)),
        ("on_train_batch_end", 7, (1, 2)),
        ("on_train_batch_end", 10, (1, 5)),
        ("on_test_begin", 2, (1, 5)),
        ("on_test_batch_end", 2, (1, 5)),
        ("on_epoch_end", 2, (2, 0)),
        ("on_epoch_begin", 2, (1, 1)),
        ("on_epoch_end", 3, (3, 0)),
        ("on_train_end", 1, (3, 0)),
    ],
)
@pytest.mark.parametrize("kind", ["plain", "own step"])
def test_ctrl_c_anywhere(tmp_path, tiny, kind, hook, at, place):
    whole = train(kind, tiny)
    with pytest.raises(KeyboardInterrupt, match="holds it as of") as caught:
        train(kind, tiny, tmp_path, [Stop(hook, at)], seconds=1e9)
    values = unpack((tmp_path / "checkpoint.npz").read_bytes()).values
    assert (values["epoch"], values["step"]) == place
    assert str(tmp_path) in str(caught.value)
    assert_same(train(kind, tiny, tmp_path), whole)


@pytest.mark.parametrize("stop_at", [2, 5])
def test_a_stop_in_a_batch_hook_is_kept(tmp_path, tiny, stop_at):
    """Ctrl-C in the validation of an epoch that a callback cut short."""

    class Enough(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch + 1 == stop_at:
                self.model.stop_training = True

    whole = train("plain", tiny, None, [Enough()])
    assert len(whole[1]) == 1
    with pytest.raises(KeyboardInterrupt):
        train("plain", tiny, tmp_path, [Enough(), Stop("on_test_begin", 1)], seconds=1e9)
    assert_same(train("plain", tiny, tmp_path, [Enough()]), whole)


def test_a_finished_training_is_given_back(tmp_path, tiny, caplog):
    whole = train("early stopping", tiny, tmp_path)
    steps = []
    with caplog.at_level(logging.WARNING, "versus"):
        again = train("early stopping", tiny, tmp_path, [Seen(steps)])
    assert steps == []
    assert_same(again, whole)
    assert "has ended before; remove the file to train anew" in caplog.text


def test_what_falls_back_to_keras_is_saved_too(tmp_path, tiny, caplog):
    recipe = KINDS["class weights"][1]

    def run(callbacks=(), folder=None):
        model = net()
        checkpoint = Checkpoint(tmp_path, seconds=0) if folder else None
        history = train_by(
            model, recipe, tiny.train, None, seed=3, callbacks=callbacks, checkpoint=checkpoint
        )
        return model, history

    whole = run()
    with pytest.raises(RuntimeError, match="crash"):
        run([Break(7)], tmp_path)
    assert_same(run(folder=tmp_path), whole)
    assert "taken up at epoch" in caplog.text


class OwnFit(keras.Model):
    def fit(self, *args, **options):
        return super().fit(*args, **options)


def test_a_fit_of_its_own_starts_anew_and_it_is_said(tmp_path, tiny, caplog):
    checkpoint = Checkpoint(tmp_path / "c", seconds=0)
    train_by(net(kind=OwnFit), SHORT, tiny.train, None, seed=0, checkpoint=checkpoint)
    assert "is not saved on the way (it has a fit of its own): it starts anew" in caplog.text
    assert not (tmp_path / "c").exists()
