"""What every way of training shares: timing, the end of a diverged training, layers' own seeds."""

import math
import time
from collections.abc import Mapping
from typing import Any

from versus import seeding
from versus.backend import keras
from versus.errors import DivergedError
from versus.training.recipe import Recipe

# How many pictures Keras puts through the model at once outside training.
VALIDATION_BATCH = 500


class Watch(keras.callbacks.Callback):
    """Times each epoch, and ends a training whose loss is no number any more.

    Attributes:
        seconds: of each epoch that has ended.
        before: seconds that an earlier process spent on this training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self.before = 0.0
        self._begun = time.perf_counter()
        # Of the epoch under way: when it, or the part of it in this process, began; None between
        # epochs. And the seconds that earlier processes spent on it.
        self._start: float | None = None
        self._part = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        now = time.perf_counter()
        part = 0.0 if self._start is None else self._part + now - self._start
        return {"seconds": self.seconds, "spent": self.before + now - self._begun, "part": part}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with what a checkpoint has kept."""
        self.seconds, self.before = list(state["seconds"]), float(state["spent"])
        self._part = float(state["part"])

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop the clock, and raise DivergedError if the loss is not finite."""
        assert self._start is not None  # noqa: S101  (an epoch has begun)
        self.seconds.append(self._part + time.perf_counter() - self._start)
        self._start, self._part = None, 0.0
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise DivergedError(loss, epoch + 1)


def seed_layers(model: keras.Model, seed: int) -> None:
    """Start each random layer of `model` (dropout, augmentation) from a stream of its own."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign([seeding.integer(seed, "dropout", number), 0])


def early_stopping(recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Return Keras's callback for the recipe's early stopping, if it has any."""
    rule = recipe.early_stopping
    return [keras.callbacks.EarlyStopping(**rule.to_dict())] if rule else []
