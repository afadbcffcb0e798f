"""Spending: ends a training once it has used up its steps or its seconds."""

import time
from collections.abc import Mapping
from typing import Any

from versus.backend import keras


class Spending(keras.callbacks.Callback):
    """Counts steps and seconds of training, over interruptions too, and stops at the limit.

    Seconds run from the start of an epoch to the end of its last step: validation after an epoch
    costs nothing. A limit of steps stops at the same step always; one of seconds at the end of the
    step in which they run out, which no two trainings share.

    Attributes:
        steps: done so far.
        seconds: spent on them.
    """

    def __init__(self, *, steps: int | None = None, seconds: float | None = None) -> None:
        """Start with nothing spent.

        Args:
            steps: after which training stops; None for any number.
            seconds: the same.
        """
        super().__init__()
        self._most_steps, self._most_seconds = steps, seconds
        self.steps, self.seconds = 0, 0.0
        self._mark = time.perf_counter()

    @property
    def seconds_left(self) -> float | None:
        """Seconds of training that are not spent yet; None where there is no limit of seconds."""
        return None if self._most_seconds is None else max(0.0, self._most_seconds - self.seconds)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Let the clock run."""
        self._mark = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count the step, and stop the training if it was the last."""
        now = time.perf_counter()
        self.seconds += now - self._mark
        self._mark = now
        self.steps += 1
        out_of_steps = self._most_steps is not None and self.steps >= self._most_steps
        if out_of_steps or (self._most_seconds is not None and self.seconds >= self._most_seconds):
            model: Any = self.model
            model.stop_training = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"steps": self.steps, "seconds": self.seconds}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with what a checkpoint has kept."""
        self.steps, self.seconds = int(state["steps"]), float(state["seconds"])
        self._mark = time.perf_counter()
