"""Saver: saves a training when it is time, and on Ctrl-C saves before it leaves."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from versus.backend import keras
from versus.errors import TrainingError
from versus.training.callback_state import callbacks_state, load_callbacks, warn_of_strangers
from versus.training.checkpoint import Checkpoint
from versus.training.interruption import Interruption, interruption
from versus.training.lowering.native import Source
from versus.training.snapshot import Snapshot
from versus.training.state import load_model, load_random, model_state, random_state

logger = logging.getLogger("versus")


class Saver:
    """What the loops of the engine and of Keras's own fit save by.

    A context manager: signals are watched inside the block.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        identity: dict[str, str],
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Nothing is read before `begin`.

        Args:
            checkpoint: where, and how often.
            identity: of the training.
            callbacks: all of the training's; what they count is kept too.
        """
        self.checkpoint, self._identity, self._callbacks = checkpoint, identity, list(callbacks)
        self._stack = ExitStack()
        self._interruption = Interruption()

    def __enter__(self) -> Self:
        """Watch signals."""
        self._interruption = self._stack.enter_context(interruption())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave signals as they were."""
        self._stack.close()
        if self.asked and kind is not KeyboardInterrupt:
            # It was asked for when no step was left to see it.
            self._interruption.leave(self.checkpoint.kept())

    @property
    def asked(self) -> bool:
        """Whether somebody wants the training to stop."""
        return bool(self._interruption.asked)

    def begin(self) -> Snapshot | None:
        """Return what an earlier process has kept of this training, and say so."""
        found = self.checkpoint.begin(self._identity)
        if found is None:
            return None
        # In a study it is what anybody expects; in a program of one's own it is worth a word.
        level = logging.INFO if self.checkpoint.of is not None else logging.WARNING
        path, values = self.checkpoint.path, found.values
        if values["ended"]:
            text = "%s: this training has ended before; remove the file to train anew"
            logger.log(level, text, path)
        else:
            place = values["epoch"] + 1, values["step"]
            logger.log(level, "%s: taken up at epoch %d, step %d", path, *place)
        warn_of_strangers(self._callbacks, values["callbacks"])
        return found

    def take(
        self,
        model: keras.Model,
        masks: Source | None,
        *,
        epoch: int,
        step: int,
        ended: bool = False,
        metrics: bool = False,
        **values: Any,
    ) -> Snapshot | None:
        """Return everything that the rest of a training depends on; None, said, where it cannot.

        Args:
            model: the one that is trained.
            masks: as `state.random_state`.
            epoch: the one under way, from 0.
            step: how many steps of it are done.
            ended: no epoch is left to train.
            metrics: as `state.model_state`.
            values: of the loop, as JSON takes them.
        """
        try:
            counted, counts = callbacks_state(self._callbacks)
        except TypeError as cause:
            self.checkpoint.failed(cause)
            return None
        arrays, described = model_state(model, metrics=metrics)
        streams, positions = random_state(masks)
        return Snapshot(
            {**arrays, **counted, **streams},
            {
                **values,
                "epoch": epoch,
                "step": step,
                "ended": ended,
                "stop": bool(model.stop_training),
                "model": described,
                "callbacks": counts,
                "random": positions,
            },
        )

    def restore(self, model: keras.Model, masks: Source | None, snapshot: Snapshot) -> None:
        """Bring a model, its optimizer, random streams and callbacks to where it was saved.

        Raises:
            TrainingError: one of them is not what was saved; with what, where and what to do.
        """
        arrays, values = dict(snapshot.arrays), snapshot.values
        try:
            load_model(model, arrays, values["model"])
            load_callbacks(self._callbacks, arrays, values["callbacks"])
            load_random(masks, arrays, values["random"])
        except TrainingError as error:
            raise TrainingError(
                f"{self.checkpoint.path}: cannot be taken up: {error} (or remove the file to train "
                "anew)"
            ) from error
        model.stop_training = bool(values["stop"])

    def due(self, *, epoch_ended: bool = False, ended: bool = False) -> bool:
        """Return whether it is time to save, or somebody wants to stop."""
        at_end = epoch_ended and self.checkpoint.every_epoch
        return self.asked or at_end or self.checkpoint.due(ended=ended)

    def save(self, snapshot: Snapshot | None) -> None:
        """Save what was taken; then leave where that was asked for."""
        if snapshot is not None:
            self.checkpoint.save(snapshot)
        else:
            self.checkpoint.postpone()
        if self.asked:
            self._interruption.leave(self.checkpoint.kept())
