"""A heartbeat: a training says where it is, by time, and no bit depends on it."""

import numpy as np
import pytest

from versus.backend import isolated, keras
from versus.data import splits
from versus.training import loop
from versus.training.beat import Beat
from versus.training.engines import train
from versus.training.heartbeat import Heartbeat
from versus.training.recipe import Recipe

L = keras.layers
RECIPE = Recipe(learning_rate=0.01, batch_size=20, epochs=3)
ENGINES = ("versus", "keras")


def net():
    with isolated(1):
        return keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                L.Rescaling(1 / 255),
                L.Flatten(),
                L.Dense(8, activation="relu"),
                L.Dropout(0.3),
                L.Dense(3, activation="softmax"),
            ]
        )


def trained(tiny, engine, *callbacks, validated=True):
    model = net()
    kept, held_out = splits.tail(len(tiny.train), 0.2)
    validation = tiny.train.take(held_out) if validated else None
    history = train(model, RECIPE, tiny.train.take(kept), validation, seed=2, engine=engine,
                    callbacks=callbacks)  # fmt: skip
    return model, history


def heartbeat(tell, **options):
    return Heartbeat(tell, **{"epochs": 3, "pictures": 76, "batch_size": 20, **options})


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("engine", ENGINES)
def test_every_moment_is_told_where_time_allows(tiny, engine):
    beats: list[Beat] = []
    # Another callback with such a hook makes Keras call them in order, not from a pool of threads.
    other = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    _, history = trained(tiny, engine, heartbeat(beats.append, seconds=0.0), other)
    places = [(b.epoch, b.step) for b in beats if b.stage == "training" and b.step]
    assert places == [(epoch, step) for epoch in range(3) for step in (1, 2, 3, 4)]
    assert [b.pictures for b in beats if b.stage == "training"][:4] == [20, 40, 60, 76]
    assert {(b.steps, b.epochs) for b in beats} == {(4, 3)}
    assert [b.epoch for b in beats if b.stage == "validating"] == [0, 1, 2]
    # The sums are those of the epoch so far: at its last step, those of the whole epoch.
    ends = [b for b in beats if b.stage == "training" and b.step == 4]
    np.testing.assert_allclose([b.loss for b in ends], history.history["loss"], rtol=1e-6)
    np.testing.assert_allclose([b.accuracy for b in ends], history.history["accuracy"], rtol=1e-6)
    seen = [b.val_accuracy for b in beats if b.epoch == 1]
    assert seen[0] == pytest.approx(history.history["val_accuracy"][0])
    assert (beats[-1].done, beats[-1].epoch, beats[-1].seconds_left) == (1.0, 3, 0.0)
    assert all(b.pictures_per_second for b in ends)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_bit_depends_on_it(tiny, engine):
    (one, first), (two, second) = (
        trained(tiny, engine, *callbacks)
        for callbacks in ((), (heartbeat(lambda beat: None, seconds=0.0),))
    )
    assert first.history == second.history
    for x, y in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


def test_the_engine_reads_its_sums_only_when_it_is_time(tiny, monkeypatch):
    read, beats, clock = [], [], Clock()
    real = loop.Sums.logs

    def logs(self, prefix=""):
        read.append(prefix)
        return real(self, prefix)

    monkeypatch.setattr(loop.Sums, "logs", logs)
    trained(tiny, "versus")
    without = read.copy()
    read.clear()
    trained(tiny, "versus", heartbeat(beats.append, clock=clock))
    assert [(b.epoch, b.step) for b in beats] == [(0, 1)], "time stood still after the first"
    assert read == ["", *without], "once for it"


@pytest.mark.parametrize("engine", ENGINES)
def test_without_validation(tiny, engine):
    beats: list[Beat] = []
    trained(tiny, engine, heartbeat(beats.append, pictures=76, seconds=0.0), validated=False)
    assert {b.stage for b in beats} == {"training"}
    assert beats[-1].val_loss is None
    assert beats[-1].epoch == 3


def test_speed_and_time_left_by_the_clock():
    beats, clock = [], Clock()
    heart = Heartbeat(beats.append, epochs=4, pictures=1000, batch_size=100, clock=clock)
    heart.on_epoch_begin(0)
    for step in range(1, 11):
        clock.now += 0.2
        if heart.due(step):
            heart.beat({"loss": 1.0, "accuracy": 0.5})
    clock.now += 0.1
    heart.on_test_begin()
    clock.now += 1.0
    heart.on_epoch_end(0, {"loss": 1.0, "accuracy": 0.5, "val_loss": 2.0, "val_accuracy": 0.25})
    steps = [b.step for b in beats if b.stage == "training" and b.step]
    assert steps == [1, 3, 5, 7, 9], "at most every quarter of a second, steps take a fifth"
    last = beats[-1]
    assert last.pictures_per_second == pytest.approx(500, rel=0.05), "validation does not count"
    assert (last.epoch, last.step, last.done) == (1, 0, 0.25)
    assert last.seconds == pytest.approx(3.1)
    assert last.seconds_left == pytest.approx(3 * 3.1), "validation counts"
    assert (last.val_loss, last.val_accuracy) == (2.0, 0.25)


def test_a_training_taken_up_in_its_middle_is_as_fast_as_what_it_does_itself():
    beats, clock = [], Clock()
    heart = Heartbeat(beats.append, epochs=4, pictures=1000, batch_size=100, clock=clock)
    heart.on_epoch_begin(2)
    clock.now += 5  # it is read from the disk
    for step in (6, 7, 8):
        assert heart.due(step) or step != 8
        clock.now += 1
    heart.beat({"loss": 1.0})
    assert beats[-1].pictures == 800
    assert beats[-1].pictures_per_second == pytest.approx(200 / 3)
    assert beats[-1].seconds == pytest.approx(3)
    assert beats[-1].seconds_left == pytest.approx(3 / 2 * 12)


def test_a_loss_that_is_no_number_is_left_out():
    beats = []
    heart = heartbeat(beats.append)
    heart.on_epoch_begin(0)
    heart.beat({"loss": float("nan"), "accuracy": 0.5})
    assert (beats[0].loss, beats[0].accuracy) == (None, 0.5)


def test_a_long_validation_is_told_of_even_if_it_was_told_just_now():
    beats, clock = [], Clock()
    heart = heartbeat(beats.append, clock=clock)
    heart.on_epoch_begin(0)
    clock.now += 2
    heart.due(4)
    heart.beat({})
    heart.on_test_begin()
    assert [b.stage for b in beats] == ["training", "validating"]
