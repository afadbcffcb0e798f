"""What checkpoints cost: the share of a training's time that goes into them, and one save.

    VERSUS_DATA=... python benchmarks/checkpoint_cost.py [--seconds 70] [--data mnist] MODEL...

Each model is trained with one thread and a save every 30 s, as a study does. The clock is put
around all that a checkpoint makes the training do: looking whether one is due after each step,
copying the state (before each validation, too), packing, writing and syncing. So the share does
not come from comparing two noisy trainings. One JSON line a model on standard output.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import versus
from versus.backend import keras, threads
from versus.training import engine
from versus.training.checkpoint import Checkpoint
from versus.training.identity import identity
from versus.training.saver import Saver


class Clock:
    """Seconds spent in the methods of a class, by name; what one calls of another counts once."""

    def __init__(self):
        self.spent = defaultdict(list)
        self._inside = False

    def watch(self, owner, name):
        method = getattr(owner, name)

        def timed(*arguments, **options):
            if self._inside:
                return method(*arguments, **options)
            self._inside, start = True, time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                self.spent[name].append(time.perf_counter() - start)
                self._inside = False

        setattr(owner, name, timed)

    def sum(self, *names):
        return sum(sum(self.spent[name]) for name in names)


class Timed(keras.callbacks.Callback):
    """Ends the training after so many seconds, without a hook at every batch."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds

    def on_train_begin(self, logs=None):
        model: Any = self.model

        def stop():
            model.stop_training = True

        timer = threading.Timer(self.seconds, stop)
        timer.daemon = True
        timer.start()


def measure(name, data, seconds, clock, every=30.0):
    """Return what checkpoints took of a training of `seconds`, in a folder on this disk."""
    model = versus.build(name, data.input_shape, len(data.classes), seed=0)
    part, held_out = data.train.take(range(48_000)), data.train.take(range(48_000, 60_000))
    recipe = versus.Recipe(epochs=1000)
    clock.spent.clear()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        checkpoint = Checkpoint(Path(folder) / "c", every, of="study")
        start = time.perf_counter()
        history = engine.fit(
            model, recipe, part, held_out, seed=0, callbacks=[Timed(seconds)], checkpoint=checkpoint
        )
        took = time.perf_counter() - start
        size = checkpoint.path.stat().st_size
    saves = clock.spent["save"]
    parts = {part: clock.sum(part) for part in ("begin", "due", "take", "save")}
    start = time.perf_counter()
    identity("versus", model, recipe, part, held_out, 0)
    checked = time.perf_counter() - start
    return {
        "model": name,
        "parameters": model.count_params(),
        "seconds": round(took, 2),
        "epochs": len(history),
        "steps_looked_at": len(clock.spent["due"]),
        "copies": len(clock.spent["take"]),
        "saves": len(saves),
        "file_kib": round(size / 1024, 1),
        "save_ms": [round(1000 * one, 2) for one in saves],
        "copy_ms_median": round(1000 * statistics.median(clock.spent["take"]), 3),
        "spent_ms": {part: round(1000 * value, 2) for part, value in parts.items()},
        "share_percent": round(100 * sum(parts.values()) / took, 4),
        "identity_ms_once": round(1000 * checked, 1),
    }


def one_save(name, data, clock):
    """Return the milliseconds of copying and of saving, over many saves in a row."""
    model = versus.build(name, data.input_shape, len(data.classes), seed=0)
    clock.spent.clear()
    with tempfile.TemporaryDirectory(dir=".") as folder:
        checkpoint = Checkpoint(Path(folder) / "c", 0.0, every_epoch=True)
        few = data.train.take(range(128))
        engine.fit(model, versus.Recipe(epochs=60), few, None, seed=0, checkpoint=checkpoint)
    pairs = zip(clock.spent["take"][5:], clock.spent["save"][5:], strict=False)
    each = sorted(1000 * (copy + save) for copy, save in pairs)
    return {
        "one_save_ms_median": round(statistics.median(each), 2),
        "one_save_ms_5_to_95_percent": [
            round(each[len(each) // 20], 2),
            round(each[-1 - len(each) // 20], 2),
        ],
        "of": len(each),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", default=["cnn-stride", "fc", "resnet-v1-20"])
    parser.add_argument("--seconds", type=float, default=70.0)
    parser.add_argument("--data", default="mnist")
    words = parser.parse_args()
    data = versus.load(words.data)
    clock = Clock()
    for name in ("begin", "due", "take", "save"):
        clock.watch(Saver, name)
    with threads(1):
        for name in words.models:
            found = measure(name, data, words.seconds, clock) | one_save(name, data, clock)
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
