"""Resuming: a training that is saved now and then, and taken up where it was saved last."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import numpy as np

from versus.backend import keras
from versus.data.dataset import Split
from versus.models.build import architecture_sha256
from versus.training import state
from versus.training.checkpoint import Checkpoint, Snapshot
from versus.training.interruption import Interruption, interruption
from versus.training.loop import Keeper, Loop, Sums
from versus.training.recipe import Recipe


class Resuming(Keeper):
    """Keeps a loop's state in a checkpoint, and on Ctrl-C saves before it leaves.

    A context manager: signals are watched inside the block.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        identity: dict[str, str],
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        """Nothing is read before the loop begins.

        Args:
            checkpoint: where, and how often.
            identity: of the training.
            callbacks: all of the training's; what they count is kept too.
        """
        self._checkpoint, self._identity, self._callbacks = checkpoint, identity, list(callbacks)
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

    def begin(self, loop: Loop) -> None:
        """Go on from the checkpoint, if there is one."""
        optimizer = loop.model.optimizer
        if not optimizer.built:
            optimizer.build(loop.model.trainable_variables)
        found = self._checkpoint.begin(self._identity)
        if found is not None:
            restore(loop, self._callbacks, found)

    def after_step(self, loop: Loop) -> None:
        """Save if it is time, or if somebody wants to stop."""
        if self._interruption.asked or self._checkpoint.due():
            self._save(loop)

    def after_epoch(self, loop: Loop) -> None:
        """Save if it is time, or if every epoch is wanted."""
        if self._checkpoint.every_epoch or self._interruption.asked or self._checkpoint.due():
            self._save(loop)

    def _save(self, loop: Loop) -> None:
        self._checkpoint.save(snapshot(loop, self._callbacks))
        if self._interruption.asked:
            self._interruption.leave()


def snapshot(loop: Loop, callbacks: Sequence[keras.callbacks.Callback]) -> Snapshot:
    """Return everything that the rest of a training depends on."""
    counted, counts = state.callbacks_state(callbacks)
    streams, positions = state.random_state(loop.masks)
    values = {
        "epoch": loop.epoch,
        "step": loop.step,
        "sums": [loop.sums.count, loop.sums.loss, int(loop.sums.correct)],
        "logs": loop.logs,
        "stopped": loop.stopped,
        "callbacks": counts,
        "random": positions,
    }
    return Snapshot({**state.variables_state(loop.model), **counted, **streams}, values)


def restore(loop: Loop, callbacks: Sequence[keras.callbacks.Callback], snapshot: Snapshot) -> None:
    """Bring a loop that has not begun, and its callbacks, to where a snapshot was taken."""
    arrays, values = snapshot.arrays, snapshot.values
    state.load_variables(loop.model, arrays)
    state.load_callbacks(callbacks, arrays, values["callbacks"])
    state.load_random(loop.masks, arrays, values["random"])
    loop.epoch, loop.step = values["epoch"], values["step"]
    loop.sums = Sums(*values["sums"])
    loop.logs, loop.stopped = dict(values["logs"]), values["stopped"]


def identity(
    model: keras.Model, recipe: Recipe, train: Split, validation: Split | None, seed: int
) -> dict[str, str]:
    """Return what makes a training this one, by names for a message."""
    pictures = hashlib.sha256()
    for part in (train, validation):
        if part is not None:
            pictures.update(np.ascontiguousarray(part.images).data)
            pictures.update(np.ascontiguousarray(part.labels).data)
    return {
        "model": architecture_sha256(model),
        "recipe": hashlib.sha256(recipe.model_dump_json().encode()).hexdigest(),
        "pictures": pictures.hexdigest(),
        "seed": str(seed),
    }
