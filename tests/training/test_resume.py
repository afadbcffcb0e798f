"""A training that was interrupted ends with the bits of one that never was."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.errors import TrainingError
from versus.training import engine
from versus.training.checkpoint import FORMAT, Checkpoint
from versus.training.recipe import EarlyStopping, Recipe, Schedule
from versus.training.snapshot import Snapshot, pack, unpack

L = keras.layers
SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=4)


def net(shape=(8, 8, 1), classes=3):
    with isolated(1):
        return keras.Sequential(
            [
                keras.Input(shape),
                L.Rescaling(1 / 255),
                L.Conv2D(3, 3, activation="relu"),
                L.BatchNormalization(),
                L.Dropout(0.3),
                L.SpatialDropout2D(0.2),
                L.Flatten(),
                L.Dense(classes, activation="softmax"),
            ]
        )


def bits(model):
    return [np.array(v.value.detach()) for v in [*model.variables, *model.optimizer.variables]]


def assert_same(a, b):
    (one, first), (two, second) = a, b
    assert first.history == second.history
    assert first.epoch == second.epoch
    for x, y in zip(bits(one), bits(two), strict=True):
        np.testing.assert_array_equal(x, y)


class Break(keras.callbacks.Callback):
    """Ends the process's training at a batch, as a crash would: nothing is saved then."""

    def __init__(self, at):
        super().__init__()
        self.left = at

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("crash")


RECIPES = {
    "adam": SHORT,
    "adadelta": SHORT.model_copy(update={"optimizer": "adadelta", "learning_rate": 1.0}),
    "momentum": Recipe(
        optimizer="sgd",
        learning_rate=0.02,
        optimizer_options={"momentum": 0.9},
        batch_size=20,
        epochs=4,
    ),
    "nadam": SHORT.model_copy(update={"optimizer": "nadam"}),
    "schedule": Recipe(
        learning_rate=Schedule(
            name="CosineDecay", options={"initial_learning_rate": 0.02, "decay_steps": 18}
        ),
        batch_size=20,
        epochs=4,
    ),
    "early stopping": SHORT.model_copy(
        update={
            "epochs": 12,
            "early_stopping": EarlyStopping(
                monitor="val_loss", patience=2, min_delta=9, restore_best_weights=True
            ),
        }
    ),
}


def train(folder, recipe, tiny, crash_at=None, **options):
    """Train with a save after every step, crashing once where asked."""
    callbacks = [] if crash_at is None else [Break(crash_at)]
    model = net()
    checkpoint = None if folder is None else Checkpoint(folder, seconds=0, **options)
    history = engine.fit(
        model, recipe, tiny.train, tiny.test, seed=3, callbacks=callbacks, checkpoint=checkpoint
    )
    return model, history


@pytest.fixture
def saves(monkeypatch):
    """Let a checkpoint be due after every step, whatever the last one took; count them."""
    found = []
    saved = Checkpoint.save

    def save(self, snapshot):
        saved(self, snapshot)
        self._next = 0.0
        found.append((snapshot.values["epoch"], snapshot.values["step"]))

    monkeypatch.setattr(Checkpoint, "save", save)
    return found


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
@pytest.mark.parametrize("crash_at", [0, 1, 4, 5, 8, 13])
def test_a_crash_at_any_step_changes_nothing(tmp_path, tiny, recipe, crash_at, saves):
    whole = train(None, recipe, tiny)
    with pytest.raises(RuntimeError, match="crash"):
        train(tmp_path, recipe, tiny, crash_at)
    assert len(saves) >= crash_at
    before = len(saves)
    assert_same(train(tmp_path, recipe, tiny), whole)
    steps = 5 * len(whole[1])
    assert len(saves) - before <= steps + len(whole[1]) - crash_at, "it went on, not anew"


def test_a_finished_training_is_not_trained_again(tmp_path, tiny, saves):
    whole = train(tmp_path, SHORT, tiny)
    count = len(saves)
    again = train(tmp_path, SHORT, tiny)
    assert_same(again, whole)
    assert len(saves) == count


def test_many_crashes(tmp_path, tiny, saves):
    """Again and again, two steps further each time."""
    crashes = 0
    while True:
        try:
            done = train(tmp_path, SHORT, tiny, crash_at=2)
            break
        except RuntimeError:
            crashes += 1
    assert crashes >= 8
    assert_same(done, train(None, SHORT, tiny))


class Drawing(L.Layer):
    """Draws from Keras's global stream, numpy's and torch's own."""

    def call(self, inputs, training=False):
        if not training:
            return inputs
        noise = np.random.normal() + float(torch.randn(()))  # noqa: NPY002
        return inputs + 0.01 * (keras.random.normal(inputs.shape) + noise)


def scheduler():
    return keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7)


@pytest.mark.parametrize("crash_at", [2, 5, 7, 12, 17])
@pytest.mark.parametrize("kind", ["drawing", "frozen", "scheduled"])
def test_what_is_not_in_the_weights_is_kept_too(tmp_path, tiny, kind, crash_at, saves):
    def one(folder, crash_at=None):
        with isolated(1):
            layers = {
                "drawing": [Drawing()],
                "frozen": [L.Conv2D(4, 3, activation="relu", trainable=False)],
                "scheduled": [],
            }[kind]
            head = [L.Dropout(0.2), L.Flatten(), L.Dense(3, activation="softmax")]
            model = keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *layers, *head])
        callbacks = [scheduler()] if kind == "scheduled" else []
        callbacks += [] if crash_at is None else [Break(crash_at)]
        checkpoint = None if folder is None else Checkpoint(folder, seconds=0)
        history = engine.fit(
            model, SHORT, tiny.train, tiny.test, seed=3, callbacks=callbacks, checkpoint=checkpoint
        )
        return model, history

    whole = one(None)
    with pytest.raises(RuntimeError, match="crash"):
        one(tmp_path, crash_at)
    assert_same(one(tmp_path), whole)


def test_what_json_does_not_take_is_said(tmp_path, tiny, caplog):
    class Odd(keras.callbacks.Callback):
        def state_dict(self):
            return {"array": np.zeros(2)}

    with caplog.at_level(logging.WARNING, "versus"):
        engine.fit(
            net(), SHORT, tiny.train, None, seed=0, callbacks=[Odd()],
            checkpoint=Checkpoint(tmp_path, every_epoch=True),
        )  # fmt: skip
    assert "not saved" in caplog.text


def test_removing_leaves_what_is_not_its_own(tmp_path, tiny):
    (tmp_path / "mine.txt").write_text("kept")
    checkpoint = Checkpoint(tmp_path, every_epoch=True)
    engine.fit(net(), SHORT, tiny.train, None, seed=0, checkpoint=checkpoint)
    checkpoint.remove()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_layers_named_anew_are_the_same_model(tmp_path, tiny, caplog):
    """As when a cell of a notebook that builds and fits is run again."""
    with isolated(1):
        for crash_at in (7, None):
            layers = [L.Rescaling(1 / 255), L.Flatten(), L.Dense(3, activation="softmax")]
            model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
            checkpoint = Checkpoint(tmp_path, seconds=0, every_epoch=True)
            if crash_at is None:
                engine.fit(model, SHORT, tiny.train, None, seed=0, checkpoint=checkpoint)
            else:
                with pytest.raises(RuntimeError, match="crash"):
                    engine.fit(
                        model, SHORT, tiny.train, None, seed=0, checkpoint=checkpoint,
                        callbacks=[Break(crash_at)],
                    )  # fmt: skip
    assert "taken up at epoch 2" in caplog.text


def test_any_flipped_bit_costs_time_only(tmp_path):
    data = pack(Snapshot({"a": np.arange(5.0)}, {"format": FORMAT, "identity": {"run": ""}}))
    path = tmp_path / "checkpoint.npz"
    whole = refused = 0
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << position % 8
        path.write_bytes(changed)
        found = Checkpoint(tmp_path).begin({})
        refused += found is None
        if found is not None:
            whole += 1
            np.testing.assert_array_equal(found.arrays["a"], np.arange(5.0))
    assert refused > len(data) / 4
    assert whole > 0, "some bits of a zip mean nothing"


def test_time_spent_adds_up(tmp_path, tiny, saves):
    with pytest.raises(RuntimeError, match="crash"):
        train(tmp_path, SHORT, tiny, 13)
    _, history = train(tmp_path, SHORT, tiny)
    assert len(history.epoch_seconds) == 4
    assert history.seconds >= sum(history.epoch_seconds[:2])


def test_another_training_is_refused(tmp_path, tiny, saves):
    with pytest.raises(RuntimeError, match="crash"):
        train(tmp_path, SHORT, tiny, 3)
    other = SHORT.model_copy(update={"learning_rate": 0.02})
    with pytest.raises(TrainingError, match=r"of another training \(other recipe\): remove it"):
        train(tmp_path, other, tiny)
    with pytest.raises(TrainingError, match=r"\(other pictures\)"):
        engine.fit(net(), SHORT, tiny.test, None, seed=3, checkpoint=Checkpoint(tmp_path))
    assert (tmp_path / "checkpoint.npz").exists(), "nothing is removed"


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_costs_time_only(tmp_path, tiny, saves, damage, caplog):
    with pytest.raises(RuntimeError, match="crash"):
        train(tmp_path, SHORT, tiny, 7)
    path = tmp_path / "checkpoint.npz"
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        data[len(data) // 2] ^= 255
    path.write_bytes({"cut": data[:-100], "flipped": data, "empty": b""}[damage])
    with caplog.at_level(logging.WARNING, "versus"):
        done = train(tmp_path, SHORT, tiny)
    assert "damaged" in caplog.text
    assert "starts anew" in caplog.text
    assert_same(done, train(None, SHORT, tiny))


def test_a_newer_format_is_refused(tmp_path, tiny):
    values = {"format": 99, "identity": {}}
    (tmp_path / "checkpoint.npz").write_bytes(pack(Snapshot({}, values)))
    with pytest.raises(TrainingError, match="newer versus"):
        train(tmp_path, SHORT, tiny)


def test_a_full_disk_stops_no_training(tmp_path, tiny, monkeypatch, caplog):
    from versus.filesystem import atomic

    failed = []

    def full(*arguments):
        failed.append(arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("versus.training.checkpoint.write_file", full)
    monkeypatch.setattr("versus.training.checkpoint.COST", 1e9)
    with caplog.at_level(logging.WARNING, "versus"):
        done = train(tmp_path, SHORT, tiny)
    assert failed
    assert "No space left on device: not saved; nothing of this training is saved" in caplog.text
    assert_same(done, train(None, SHORT, tiny))
    assert atomic.write_file is not full


def test_a_save_is_due_by_time_and_by_its_cost(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("versus.training.checkpoint.time.monotonic", lambda: clock[0])
    checkpoint = Checkpoint(tmp_path, seconds=30)
    checkpoint.begin({})
    assert not checkpoint.due()
    clock[0] += 30
    assert checkpoint.due()

    def slow(*arguments):
        clock[0] += 2

    monkeypatch.setattr("versus.training.checkpoint.write_file", slow)
    checkpoint.save(Snapshot({}, {}))
    clock[0] += 199
    assert not checkpoint.due(), "2 s are 1 % of 200 s"
    clock[0] += 2
    assert checkpoint.due()


def test_every_epoch(tmp_path, tiny):
    checkpoint = Checkpoint(tmp_path, seconds=1e9, every_epoch=True)
    engine.fit(net(), SHORT, tiny.train, None, seed=0, checkpoint=checkpoint)
    values = unpack((tmp_path / "checkpoint.npz").read_bytes()).values
    assert (values["epoch"], values["step"]) == (4, 0)


SCRIPT = """
import sys, json, signal, hashlib
import numpy as np
sys.path.insert(0, sys.argv[3])
from test_resume import net, bits, Recipe, Checkpoint, engine
from versus.data.catalogue import load
signal.signal(signal.SIGINT, signal.default_int_handler)
from versus.backend import keras
class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("step", flush=True)
data = load("digits")
model = net(data.input_shape, 10)
seen = [] if sys.argv[2] == "silent" else [Slow()]
try:
    engine.fit(model, Recipe(batch_size=20, epochs=3), data.train, None, seed=0,
               callbacks=seen, checkpoint=Checkpoint(sys.argv[1], seconds=float(sys.argv[4])))
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
digest = hashlib.sha256(b"".join(a.tobytes() for a in bits(model))).hexdigest()
print("done", digest, flush=True)
"""


def start(folder, seconds, seen="loud"):
    words = [SCRIPT, str(folder), seen, str(Path(__file__).parent), str(seconds)]
    return subprocess.Popen(
        [sys.executable, "-c", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def finish(folder):
    with start(folder, 1e9) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split("done ")[1].strip()


def steps_until(process, count):
    for _ in range(count):
        assert process.stdout.readline() == "step\n"


def test_kill_9_and_ctrl_c_in_real_processes(tmp_path):
    """Each signal is sent while steps go by; the saved state is behind it, or just then."""
    whole = finish(tmp_path / "whole")
    with start(tmp_path / "a", 0.0) as killed:
        steps_until(killed, 40)
        killed.send_signal(signal.SIGKILL)
        assert killed.wait(timeout=20) == -signal.SIGKILL
    kept = unpack((tmp_path / "a" / "checkpoint.npz").read_bytes()).values
    assert kept["step"] + 1000 * kept["epoch"] > 0
    assert finish(tmp_path / "a") == whole

    with start(tmp_path / "b", 1e9) as stopped:
        steps_until(stopped, 25)
        assert not (tmp_path / "b" / "checkpoint.npz").exists(), "nothing is due yet"
        stopped.send_signal(signal.SIGINT)
        asked = time.monotonic()
        out, err = stopped.communicate(timeout=20)
    assert time.monotonic() - asked < 5
    assert stopped.returncode == 130, err
    assert out.endswith("interrupted\n")
    kept = unpack((tmp_path / "b" / "checkpoint.npz").read_bytes()).values
    assert kept["step"] >= 25
    assert finish(tmp_path / "b") == whole


def test_what_is_kept_is_plain(tmp_path, tiny, saves):
    train(tmp_path, SHORT, tiny)
    with np.load(tmp_path / "checkpoint.npz", allow_pickle=False) as file:
        values = json.loads(str(file["values"]))
        assert "model/0" in file.files
    assert values["epoch"] == 4
    assert len(values["callbacks"]) >= 2
