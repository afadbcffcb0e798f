"""Resuming Keras's own `fit`: saved between its steps, and taken up at the step it was saved at."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import keras, torch
from versus.training.saver import Saver
from versus.training.snapshot import Snapshot
from versus.training.state import why_not_loaded

Logs = Mapping[str, Any] | None


class ResumableCallbacks(keras.callbacks.CallbackList):
    """Keras's list of callbacks, which `fit` calls at every step: the place to save, and to leave.

    Keras's `fit` cannot begin in the middle of an epoch. So it is let through the steps that were
    done before with a step that does nothing, which no callback hears of, and everything is put
    back before the first real one.

    Attributes:
        found: what an earlier process has saved, if anything.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        saver: Saver,
        found: Snapshot | None,
        example: Sequence[npt.NDArray],
        **options: Any,
    ) -> None:
        """Nothing is restored before the training begins.

        Args:
            callbacks: all of the training's, with its History.
            saver: saves, and gives back.
            found: by `saver.begin()`.
            example: a batch, in the parts that a train_step is given.
            options: of Keras's list, with `epochs`, and `steps` of each.
        """
        super().__init__(list(callbacks), **options)
        self.found = found
        self._saver, self._example = saver, example
        self._trainee: Any = options["model"]  # Keras's own attribute may be None to a checker
        self._epochs: int = options["epochs"]
        self._steps: int = options["steps"]
        self._epoch = 0
        self._done = 0  # steps of this epoch that were done before, and are not done again
        self._trained: Snapshot | None = None
        self._logs: dict[str, Any] = {}

    @property
    def first_epoch(self) -> int:
        """The epoch that `fit` is to begin with; after the last where none is left."""
        if self.found is None:
            return 0
        return self._epochs if self.found.values["ended"] else int(self.found.values["epoch"])

    def on_train_begin(self, logs: Logs = None) -> None:
        """Put back what was saved, after the callbacks have begun."""
        super().on_train_begin(logs)
        found = self.found
        if found is None:
            return
        if why_not_loaded(self._trainee, found.values["model"]):
            # A train_step may make variables at its first call; what it changes is put back.
            parts = [torch.from_numpy(np.array(part)) for part in self._example]
            self._trainee.train_function([tuple(parts)])
        self._restore(found)
        self._logs = dict(found.values["logs"])
        if found.values["step"]:
            self._done = found.values["step"]
            self._let_through(found)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note which epoch it is."""
        self._epoch = epoch
        super().on_epoch_begin(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Call the hooks, unless the step was done before."""
        if batch >= self._done:
            super().on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call the hooks; save if it is time, or if somebody wants to stop."""
        if batch < self._done:
            return
        super().on_train_batch_end(batch, logs)
        last = batch + 1 == self._steps or self._trainee.stop_training
        if last or self._saver.due():
            taken = self._take(self._epoch, batch + 1, logs)
            # Validation may take long, and draw numbers: whoever stops it goes on from here.
            self._trained = taken if last else None
            if self._saver.due():
                self._saver.save(taken)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Call the hooks, and leave if somebody wants to."""
        super().on_test_batch_end(batch, logs)
        if self._saver.asked and self._trained is not None:
            self._saver.save(self._trained)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Call the hooks; save if it is time, if every epoch is wanted, or if it was the last."""
        super().on_epoch_end(epoch, logs)
        self._done, self._trained, self._logs = 0, None, dict(logs or {})
        ended = bool(self._trainee.stop_training) or epoch + 1 >= self._epochs
        if self._saver.due(epoch_ended=True, ended=ended):
            self._saver.save(self._take(epoch + 1, 0, logs, ended=ended))

    def on_train_end(self, logs: Logs = None) -> None:
        """Call the hooks with what the last epoch gave, whoever trained it."""
        super().on_train_end(logs or self._logs)

    def _take(self, epoch: int, step: int, logs: Logs, *, ended: bool = False) -> Snapshot | None:
        return self._saver.take(
            self._trainee,
            None,
            epoch=epoch,
            step=step,
            ended=ended,
            metrics=True,
            logs=_numbers(logs),
        )

    def _restore(self, found: Snapshot) -> None:
        self._saver.restore(self._trainee, None, found)

    def _let_through(self, found: Snapshot) -> None:
        """Put a step that does nothing in place of the model's, until all done before are past."""
        real, left = self._trainee.train_function, found.values["step"]
        self._trainee.stop_training = False  # not before they are past

        def step(data: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                self._restore(found)
                self._trainee.train_function = real
            return dict(found.values["logs"])

        self._trainee.train_function = step


def _numbers(logs: Logs) -> dict[str, float]:
    """Return what of the logs is a number; a train_step may give anything."""
    found = {}
    for name, value in (logs or {}).items():
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            found[name] = float(value.detach() if isinstance(value, torch.Tensor) else value)
    return found
