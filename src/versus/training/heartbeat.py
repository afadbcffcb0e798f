"""Heartbeat: a training says where it is, a few times a second, whatever the length of its steps.

After each step only a clock is looked at. The sums of loss and correct answers, which the training
keeps anyway, are read when it is time; nothing is computed, and no bit of the result changes.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from versus.backend import keras
from versus.training.beat import Beat, Stage, fraction

# Seconds over which the speed is averaged.
MEMORY = 5.0
# A validation after an epoch that took longer than this is always told of; in seconds.
LONG = 1.0


class Heartbeat(keras.callbacks.Callback):
    """Tells of a training while it goes on.

    Keras's own `fit` calls it as any callback. The engine knows it, and asks `due` after each step
    where another callback's batch hook would be given loss and accuracy every time.
    """

    # Keras may call the hook below from another thread, as it does without it: fit stays as it is.
    async_safe = True

    def __init__(
        self,
        tell: Callable[[Beat], None],
        *,
        epochs: int,
        pictures: int,
        batch_size: int,
        seconds: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is told before the first step.

        Args:
            tell: is called with each Beat, at most every `seconds`; what it takes is lost to the
                training.
            epochs: of the training.
            pictures: that an epoch trains on.
            batch_size: of the training.
            seconds: between two Beats.
            clock: monotonic, in seconds.
        """
        super().__init__()
        self._tell, self._clock, self._seconds = tell, clock, seconds
        self._epochs, self._pictures, self._batch_size = epochs, pictures, batch_size
        self._steps = -(-pictures // batch_size)
        self._lock = threading.Lock()
        self._values: dict[str, float | None] = {}
        self._epoch = self._step = 0
        self._first = True
        self._next = -math.inf
        self._speed: float | None = None
        self._mark: tuple[float, int] | None = None
        self._origin: tuple[float, float] | None = None
        self._begun = clock()

    def due(self, step: int) -> bool:
        """Note that `step` steps of the epoch are done; return whether it is time to `beat`."""
        now = self._clock()
        if self._first and step > 1:  # the training was taken up in the middle of an epoch
            self._mark = now, self._seen(step)
            self._origin = self._origin_at(now, step)
        self._first = False
        self._step = max(step, self._step)
        return now >= self._next

    def beat(self, logs: Mapping[str, Any]) -> None:
        """Tell where the training is, with the epoch's "loss" and "accuracy" so far."""
        self._keep(logs, "loss", "accuracy")
        self.say("training")

    def say(self, stage: Stage) -> None:
        """Tell where the training is, whenever it was told last."""
        now = self._clock()
        self._measure(now)
        self._next = now + self._seconds
        seconds = now - (self._origin[0] if self._origin else now)
        step = 0 if self._epochs and self._epoch == self._epochs else self._step
        self._tell(
            Beat(
                stage=stage,
                epoch=self._epoch,
                epochs=self._epochs,
                step=step,
                steps=self._steps,
                pictures=self._seen(step),
                pictures_per_second=self._speed,
                seconds=seconds,
                seconds_left=self._left(seconds),
                **self._values,  # pyright: ignore[reportArgumentType]
            )
        )

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Start to measure."""
        with self._lock:
            self._epoch, self._step = epoch, 0
            self._begun = self._clock()
            self._mark = self._begun, 0
            self._origin = self._origin or self._origin_at(self._begun, 0)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Beat if it is time; called by Keras's own `fit` only."""
        with self._lock:
            if self.due(batch + 1):
                self.beat(logs or {})

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Stop to measure; tell if it is time, or may not be for long."""
        with self._lock:
            now = self._clock()
            self._measure(now)
            self._mark = None
            if now >= self._next or now - self._begun > LONG:
                self.say("validating")

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep what the epoch gave; tell if it is time."""
        with self._lock:
            now = self._clock()
            self._measure(now)
            self._mark = None
            self._keep(logs or {}, "loss", "accuracy", "val_loss", "val_accuracy")
            self._epoch, self._step = epoch + 1, 0
            if now >= self._next:
                self.say("training")

    def _keep(self, logs: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if name in logs:
                value = float(logs[name])
                self._values[name] = value if math.isfinite(value) else None

    def _seen(self, step: int) -> int:
        return min(step * self._batch_size, self._pictures)

    def _origin_at(self, now: float, step: int) -> tuple[float, float]:
        return now, fraction(self._epoch, self._epochs, step, self._steps)

    def _measure(self, now: float) -> None:
        """Take the speed since the last time into account, older ones ever less."""
        if self._mark is None:
            return
        seconds, pictures = now - self._mark[0], self._seen(self._step) - self._mark[1]
        if seconds <= 0 or pictures <= 0:
            return
        weight = 1.0 if self._speed is None else -math.expm1(-seconds / MEMORY)
        self._speed = (self._speed or 0.0) * (1 - weight) + weight * pictures / seconds
        self._mark = now, self._seen(self._step)

    def _left(self, seconds: float) -> float | None:
        done = fraction(self._epoch, self._epochs, self._step, self._steps)
        since = self._origin[1] if self._origin else done
        return None if done <= since else seconds * (1 - done) / (done - since)
