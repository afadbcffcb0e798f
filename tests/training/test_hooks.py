"""Callbacks hear of a training by the engine what they hear of Keras's own fit, hook by hook."""

from collections import Counter

import numpy as np
import pytest

from versus.backend import isolated, keras
from versus.training import engine, reference, watch
from versus.training.checkpoint import Checkpoint
from versus.training.engines import train
from versus.training.hooks import BatchHooks
from versus.training.recipe import EarlyStopping, Recipe

L = keras.layers
SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=3)
HOOKS = [
    f"on_{part}_{when}"
    for part in ("train", "test", "predict", "epoch", "train_batch", "test_batch", "predict_batch")
    for when in ("begin", "end")
]


class Everything(keras.callbacks.Callback):
    """Writes down every call of every hook: its name, its number, its logs."""

    def __init__(self, act=None):
        super().__init__()
        self.calls, self.act = [], act

    def note(self, hook, number, logs):
        self.calls.append((hook, number, dict(logs) if logs is not None else None))
        if self.act is not None:
            self.act(self.model, hook, number, Counter(call[0] for call in self.calls)[hook])


def _hook(name):
    if "batch" in name or "epoch" in name:
        return lambda self, number, logs=None: self.note(name, number, logs)
    return lambda self, logs=None: self.note(name, None, logs)


for hook in HOOKS:
    setattr(Everything, hook, _hook(hook))


def net(middle=tuple):
    with isolated(1):
        layers = [L.Rescaling(1 / 255), *middle(), L.Flatten(), L.Dense(4), L.ReLU(), L.Dense(3)]
        return keras.Sequential([keras.Input((8, 8, 1)), *layers, L.Softmax()])


def stop_in_batch(model, hook, number, count):
    if hook == "on_train_batch_end" and count == 8:
        model.stop_training = True


def stop_before_anything(model, hook, number, count):
    if hook == "on_train_begin":
        model.stop_training = True


def stop_in_validation(model, hook, number, count):
    if hook == "on_test_batch_end" and count == 4:
        model.stop_training = True


def stop_evaluating(model, hook, number, count):
    if hook == "on_test_batch_end" and number == 1:
        model.stop_evaluating = True


def slower_by_batch(model, hook, number, count):
    if hook == "on_train_batch_begin":
        model.optimizer.learning_rate = 0.01 / count


def weights_by_batch(model, hook, number, count):
    if hook == "on_train_batch_end" and count % 4 == 0:
        model.layers[-2].kernel.assign(model.layers[-2].kernel * 0.5)


def weights_by_test_batch(model, hook, number, count):
    if hook == "on_test_batch_begin" and number == 1:
        model.layers[-2].kernel.assign(model.layers[-2].kernel * 0.9)


def freeze_by_batch(model, hook, number, count):
    if hook == "on_train_batch_end" and count in (3, 9):
        model.layers[-4].trainable = count == 9


def freeze_at_first(model, hook, number, count):
    if hook == "on_train_begin":
        model.layers[-4].trainable = False
    if hook == "on_epoch_begin" and number == 1:
        model.layers[-4].trainable = True


def freeze_by_epoch(model, hook, number, count):
    if hook == "on_epoch_begin":
        model.layers[-4].trainable = number != 1


def rule(monitor, **options):
    stop = EarlyStopping(monitor=monitor, **options)
    return SHORT.model_copy(update={"early_stopping": stop, "epochs": 6})


# Recipe, with validation, what the callback does.
SITUATIONS = {
    "plain": (SHORT, True, None),
    "no validation": (SHORT, False, None),
    "one batch": (SHORT.model_copy(update={"batch_size": 500}), True, None),
    "class weights": (SHORT.model_copy(update={"class_weight": {0: 3.0}}), True, None),
    "early stopping": (rule("val_loss", patience=1, min_delta=9), True, None),
    "early stopping, best": (
        rule("val_accuracy", patience=1, min_delta=0.9, restore_best_weights=True),
        True,
        None,
    ),
    "early stopping, training": (rule("accuracy", patience=0, min_delta=0.9), False, None),
    "stopped in a batch": (SHORT, True, stop_in_batch),
    "stopped before the first": (SHORT, True, stop_before_anything),
    "stopped in validation": (SHORT, True, stop_in_validation),
    "validation cut short": (SHORT, True, stop_evaluating),
    "rate by batch": (SHORT, True, slower_by_batch),
    "weights by batch": (SHORT, True, weights_by_batch),
    "weights by validation batch": (SHORT, True, weights_by_test_batch),
    "frozen by batch": (SHORT, True, freeze_by_batch),
    "frozen at first": (SHORT, True, freeze_at_first),
    "frozen by epoch": (SHORT, True, freeze_by_epoch),
}


def calls(way, tiny, situation, middle=tuple, **options):
    recipe, validated, act = SITUATIONS[situation]
    recorder = Everything(act)
    validation = tiny.test if validated else None
    model = net(middle)
    way(model, recipe, tiny.train, validation, seed=3, callbacks=[recorder], **options)
    return recorder, model


def assert_same_calls(ours, theirs):
    assert [call[:2] for call in ours.calls] == [call[:2] for call in theirs.calls]
    for (hook, number, a), (_, _, b) in zip(ours.calls, theirs.calls, strict=True):
        assert (a is None) == (b is None), hook
        assert list(a) == list(b), f"{hook} {number}"
        for key, value in b.items():
            assert type(a[key]) is type(value), f"{hook} {number} {key}"
            assert a[key] == pytest.approx(value, rel=2e-3, abs=1e-4), f"{hook} {number} {key}"
    assert ours.params == theirs.params


@pytest.fixture
def small_test_batches(monkeypatch):
    """Several batches of validation pictures."""
    for module in ("reference", "loop", "watch"):
        monkeypatch.setattr(f"versus.training.{module}.VALIDATION_BATCH", 20)
    assert watch.VALIDATION_BATCH == 20


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_hook_with_its_logs(tiny, situation, small_test_batches):
    theirs, there = calls(reference.fit, tiny, situation)
    ours, here = calls(train, tiny, situation)
    assert_same_calls(ours, theirs)
    for a, b in zip(here.variables, there.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-3, atol=2e-3)
    heard = Counter(call[0] for call in ours.calls)
    if SITUATIONS[situation][1]:
        assert heard["on_test_batch_end"] >= 2 * heard["on_epoch_end"]
    assert heard["on_train_begin"] == heard["on_train_end"] == 1


@pytest.mark.parametrize("way", [reference.fit, engine.fit])
@pytest.mark.parametrize("situation", ["plain", "no validation", "stopped in a batch"])
def test_a_checkpoint_changes_no_hook(tiny, tmp_path, way, situation):
    plain, _ = calls(way, tiny, situation)
    saved, _ = calls(way, tiny, situation, checkpoint=Checkpoint(tmp_path, seconds=0))
    assert saved.calls == plain.calls


def test_batch_hooks_are_found_where_they_are():
    class Epochs(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    class Old(keras.callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            pass

    bar, kept = keras.callbacks.ProgbarLogger(), keras.callbacks.History()
    own = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    for callbacks, train_hooks, test_hooks, meddling in (
        ([Epochs(), kept], False, False, False),
        ([bar], True, False, False),
        ([Old()], True, False, True),
        ([own], True, False, True),
        ([Everything()], True, True, True),
    ):
        assert bool(BatchHooks(callbacks, "train")) == train_hooks
        assert BatchHooks(callbacks, "train").meddling == meddling
        assert bool(BatchHooks(callbacks, "test")) == test_hooks


def test_logs_are_made_only_for_who_wants_them():
    def never():
        raise AssertionError

    hooks = BatchHooks([keras.callbacks.History()], "train")
    hooks.begin(0)
    hooks.end(0, never)
