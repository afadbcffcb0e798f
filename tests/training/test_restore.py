"""What a checkpoint keeps besides weights, and what is said where it cannot be taken up."""

import logging
import os
import signal

import numpy as np
import pytest
from test_resume import Break, assert_same, saves  # noqa: F401  (a fixture)

from versus.backend import isolated, keras
from versus.errors import ConfigurationError, TrainingError
from versus.training import engine, reference
from versus.training.checkpoint import FORMAT, Checkpoint
from versus.training.fit import fit
from versus.training.recipe import Recipe
from versus.training.snapshot import Snapshot, pack, unpack

L = keras.layers
SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=3)
WAYS = pytest.mark.parametrize("way", [engine.fit, reference.fit], ids=["engine", "keras"])


def net():
    with isolated(1):
        middle = [L.Conv2D(4, 3, activation="relu"), L.BatchNormalization(), L.Dropout(0.2)]
        head = [L.Flatten(), L.Dense(4, activation="relu"), L.Dense(3, activation="softmax")]
        inner = keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *middle])
        return keras.Sequential([keras.Input((8, 8, 1)), inner, *head])


def train(way, tiny, folder, callbacks=(), recipe=SHORT, **options):
    model = net()
    given = None if folder is None else Checkpoint(folder, seconds=0, **options)
    history = way(
        model, recipe, tiny.train, tiny.test, seed=3, callbacks=callbacks, checkpoint=given
    )
    return model, history


class Freezing(keras.callbacks.Callback):
    """Freezes once, at the place it is told; it does not do so again after that epoch."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def on_train_begin(self, logs=None):
        if self.kind == "thawed":
            self.model.layers[0].trainable = False

    def on_epoch_begin(self, epoch, logs=None):
        inner = self.model.layers[0]
        if epoch == 1 and self.kind == "by epoch":
            inner.layers[1].trainable = False
        if epoch == 1 and self.kind == "thawed":
            inner.trainable = True
            inner.layers[2].trainable = False
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.kind == "by batch" and (self.epoch, batch) == (1, 1):
            self.model.layers[-2].trainable = False


@WAYS
@pytest.mark.parametrize("crash_at", [6, 8, 11, 13])
@pytest.mark.parametrize("kind", ["by epoch", "by batch", "thawed"])
def test_what_is_frozen_stays_so(tmp_path, tiny, way, kind, crash_at, saves):  # noqa: F811
    whole = train(way, tiny, None, [Freezing(kind)])
    free = train(way, tiny, None)
    assert free[1].history != whole[1].history, "freezing changes the training"
    with pytest.raises(RuntimeError, match="crash"):
        train(way, tiny, tmp_path, [Freezing(kind), Break(crash_at)])
    again = train(way, tiny, tmp_path, [Freezing(kind)])
    assert_same(again, whole)
    flags = [[layer.trainable for layer in model._flatten_layers()] for model, _ in (again, whole)]
    assert flags[0] == flags[1]


@WAYS
def test_counts_of_keras_own_callbacks_are_kept(tmp_path, tiny, way, saves):  # noqa: F811
    def callbacks(place):
        return [
            keras.callbacks.ReduceLROnPlateau("val_loss", 0.5, patience=1, min_delta=9, cooldown=1),
            keras.callbacks.ModelCheckpoint(
                str(place / "best.keras"), "val_accuracy", save_best_only=True, mode="max"
            ),
        ]

    recipe = SHORT.model_copy(update={"epochs": 5})
    first, second = tmp_path / "first", tmp_path / "second"
    kept = callbacks(first)
    whole = train(way, tiny, None, kept, recipe)
    with pytest.raises(RuntimeError, match="crash"):
        train(way, tiny, tmp_path / "c", [*callbacks(second), Break(17)], recipe)
    again = callbacks(second)
    assert_same(train(way, tiny, tmp_path / "c", again, recipe), whole)
    assert float(whole[0].optimizer.learning_rate.value) < 0.01, "it was reduced"
    assert (again[0].wait, again[0].best) == (kept[0].wait, kept[0].best)
    assert again[1].best == kept[1].best
    one, other = (keras.saving.load_model(place / "best.keras") for place in (first, second))
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@WAYS
def test_an_epoch_taken_up_midway_counts_its_first_part(
    tmp_path, tiny, way, saves, monkeypatch  # noqa: F811
):  # fmt: skip
    clock = [0.0]
    monkeypatch.setattr("versus.training.watch.time.perf_counter", lambda: clock[0])

    class Tick(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            clock[0] += 1

    for left in (3, 3, 1, 1):
        with pytest.raises(RuntimeError, match="crash"):
            train(way, tiny, tmp_path, [Tick(), Break(left)])
        clock[0] += 1000  # nobody trains meanwhile
    _, history = train(way, tiny, tmp_path, [Tick()])
    assert history.epoch_seconds == [5, 5, 5]


class Swapping(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer = keras.optimizers.SGD(0.1)
            self.model.optimizer.build(self.model.trainable_variables)


@WAYS
def test_another_optimizer_is_refused_in_words(tmp_path, tiny, way, saves):  # noqa: F811
    with pytest.raises(RuntimeError, match="crash"):
        train(way, tiny, tmp_path, [Swapping(), Break(8)])
    with pytest.raises(
        TrainingError,
        match=r"checkpoint.npz: cannot be taken up: it was saved with the optimizer SGD, and the "
        r"training now has Adam: a callback that replaces the optimizer must do so in "
        r"on_train_begin \(or remove the file to train anew\)",
    ):
        train(way, tiny, tmp_path, [Swapping()])


class Growing(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.extra = keras.Variable(np.zeros(3), trainable=False)


@WAYS
def test_another_architecture_is_refused_in_words(tmp_path, tiny, way, saves):  # noqa: F811
    with pytest.raises(RuntimeError, match="crash"):
        train(way, tiny, tmp_path, [Growing(), Break(8)])
    with pytest.raises(TrainingError, match=r"it holds \d+ variables of the .*training now has \d"):
        train(way, tiny, tmp_path, [Growing()])


def test_another_shape_is_refused_in_words(tmp_path, tiny, saves):  # noqa: F811

    with pytest.raises(RuntimeError, match="crash"):
        train(engine.fit, tiny, tmp_path, [Break(8)])
    path = tmp_path / "checkpoint.npz"
    found = unpack(path.read_bytes())
    path.write_bytes(pack(Snapshot({**found.arrays, "model/0": np.zeros((2, 2))}, found.values)))
    with pytest.raises(TrainingError, match=r"kernel is of shape \(3, 3, 1, 4\), and was saved wi"):
        train(engine.fit, tiny, tmp_path)


class Counting(keras.callbacks.Callback):
    fails = ""

    def state_dict(self):
        if self.fails == "saving":
            raise OSError("no longer there")
        return {"count": (1, 2)}

    def load_state_dict(self, state):
        if self.fails == "loading":
            raise KeyError("total")
        assert state == {"count": [1, 2]}


@WAYS
def test_a_callback_that_does_not_take_its_state_is_named(tmp_path, tiny, way, saves):  # noqa: F811
    with pytest.raises(RuntimeError, match="crash"):
        train(way, tiny, tmp_path, [Counting(), Break(8)])
    broken = Counting()
    broken.fails = "loading"
    with pytest.raises(
        TrainingError, match=r"callback Counting: its load_state_dict\(\) does not take .*KeyError"
    ):
        train(way, tiny, tmp_path, [broken])
    train(way, tiny, tmp_path, [Counting()])


@WAYS
def test_a_callback_that_does_not_give_its_state_stops_no_training(tmp_path, tiny, way, caplog):
    broken = Counting()
    broken.fails = "saving"
    train(way, tiny, tmp_path / "c", [broken])
    assert "callback Counting: its state_dict() must give what JSON takes: no longer" in caplog.text
    assert "not saved; nothing of this training is saved yet" in caplog.text
    assert not (tmp_path / "c" / "checkpoint.npz").exists()


def test_other_callbacks_than_were_saved_are_named(tmp_path, tiny, saves, caplog):  # noqa: F811
    with pytest.raises(RuntimeError, match="crash"):
        train(engine.fit, tiny, tmp_path, [Counting(), Break(8)])
    plateau = keras.callbacks.ReduceLROnPlateau("loss")
    train(engine.fit, tiny, tmp_path, [plateau])
    assert "callbacks that were saved but are not given now: Counting" in caplog.text
    assert "not saved, and start anew: ReduceLROnPlateau" in caplog.text


@pytest.mark.parametrize("of", [None, "study"])
def test_an_older_format_is_never_misread(tmp_path, tiny, of, caplog):
    values = {"format": FORMAT - 1, "identity": {}, "epoch": 2, "step": 1}
    (tmp_path / "checkpoint.npz").write_bytes(pack(Snapshot({}, values)))
    if of is None:
        with pytest.raises(TrainingError, match=r"by an older versus in format 1, .*: remove it"):
            train(engine.fit, tiny, tmp_path)
    else:
        with caplog.at_level(logging.INFO, "versus"):
            done = train(engine.fit, tiny, tmp_path, of=of)
        assert "which this one does not read: the training starts anew" in caplog.text
        assert_same(done, train(engine.fit, tiny, None))


def test_one_engine_does_not_take_up_what_the_other_saved(tmp_path, tiny):
    train(engine.fit, tiny, tmp_path)
    with pytest.raises(TrainingError, match=r"of another training \(other engine\): remove it"):
        train(reference.fit, tiny, tmp_path)


class Press(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        os.kill(os.getpid(), signal.SIGINT)


@WAYS
@pytest.mark.parametrize("before", [False, True])
def test_ctrl_c_on_a_full_disk_says_what_is_kept(
    tmp_path, tiny, way, before, saves, monkeypatch, caplog  # noqa: F811
):  # fmt: skip
    if before:
        with pytest.raises(RuntimeError, match="crash"):
            train(way, tiny, tmp_path, [Break(7)])
    kept = "holds it as of epoch 2, step 2" if before else "nothing of this training is saved yet"

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("versus.training.checkpoint.write_file", full)
    with pytest.raises(KeyboardInterrupt, match=kept):
        train(way, tiny, tmp_path, [Press()])
    assert f"not saved; {kept}" in caplog.text.replace(f"{tmp_path}/checkpoint.npz holds", "holds")


@WAYS
def test_a_long_validation_is_left_at_once(tmp_path, tiny, way, monkeypatch):
    """And taken up before it; a layer that draws in validation shows that nothing was drawn."""
    for module in ("reference", "loop"):
        monkeypatch.setattr(f"versus.training.{module}.VALIDATION_BATCH", 10)

    class PressInTest(keras.callbacks.Callback):
        seen = 0

        def on_test_batch_end(self, batch, logs=None):
            PressInTest.seen += 1
            if PressInTest.seen == 8:
                os.kill(os.getpid(), signal.SIGINT)

    class Silent(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            """Makes the engine measure as many pictures at once."""

    whole = train(way, tiny, None, [Silent()])
    with pytest.raises(KeyboardInterrupt, match="epoch 2, step 5"):
        train(way, tiny, tmp_path, [PressInTest()])
    assert PressInTest.seen == 8
    assert_same(train(way, tiny, tmp_path, [Silent()]), whole)


def test_a_folder_that_cannot_be_is_said_before_the_first_step(tmp_path, tiny):
    (tmp_path / "file").write_text("")
    steps = []
    spy = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(1))
    with pytest.raises(TrainingError, match="file/c: checkpoints cannot be written there: Not a d"):
        fit(net(), tiny, SHORT, checkpoint=tmp_path / "file" / "c", callbacks=[spy], verbose=0)
    with pytest.raises(TrainingError, match="file: checkpoints cannot be written there"):
        fit(net(), tiny, SHORT, checkpoint=str(tmp_path / "file"), callbacks=[spy], verbose=0)
    assert steps == []
    for wrong in (5, "", True):
        with pytest.raises(ConfigurationError, match="checkpoint: expected a folder; got"):
            fit(net(), tiny, SHORT, checkpoint=wrong, verbose=0)
    with pytest.raises(ConfigurationError, match=r"seconds: expected 0 or more; got nan"):
        Checkpoint(tmp_path, seconds=float("nan"))


@pytest.mark.parametrize("name", ["versus", "keras"])
def test_what_remains_after_the_end_gives_the_same_back(tmp_path, tiny, name, caplog):
    """By the default settings, in less than 30 s: the end is worth a save."""
    first = fit(model := net(), tiny, SHORT, engine=name, checkpoint=tmp_path, verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    assert not caplog.text
    second = fit(again := net(), tiny, SHORT, engine=name, checkpoint=tmp_path, verbose=0)
    assert "has ended before; remove the file to train anew" in caplog.text
    assert second == first or second.history == first.history
    assert second.epoch_seconds == first.epoch_seconds
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_thawed_layer_that_the_optimizer_does_not_know_is_named(tiny):
    """Keras stops there with words of its own."""

    class Thaw(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.layers[-2].trainable = epoch == 1

    model = net()
    model.layers[-2].trainable = False
    with pytest.raises(TrainingError, match=r"variable \S*dense\S* is trained in epoch 2, but was"):
        engine.fit(model, SHORT, tiny.train, None, seed=0, callbacks=[Thaw()])


class Unsaid(keras.Sequential):
    def get_config(self):
        raise NotImplementedError("it takes arguments")


@pytest.mark.parametrize("name", ["versus", "keras"])
def test_a_model_that_cannot_say_how_it_was_made_is_saved_too(tmp_path, tiny, saves, name):  # noqa: F811
    def run(folder, callbacks=()):
        with isolated(1):
            layers = [L.Rescaling(1 / 255), L.Flatten(), L.Dense(3, activation="softmax")]
            model = Unsaid([keras.Input((8, 8, 1)), *layers])
        history = fit(
            model, tiny, SHORT, engine=name, checkpoint=folder, callbacks=callbacks, verbose=0
        )
        return model, history

    with pytest.raises(RuntimeError, match="crash"):
        run(Checkpoint(tmp_path / "a", seconds=0), [Break(8)])
    assert_same(run(tmp_path / "a"), run(tmp_path / "b"))
