"""Resuming: a training that is saved now and then, and taken up where it was saved last."""

import hashlib
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import numpy as np

from versus.backend import device_name, keras
from versus.data.dataset import Split
from versus.models.build import architecture_json
from versus.training import state
from versus.training.checkpoint import Checkpoint, Snapshot
from versus.training.interruption import Interruption, interruption
from versus.training.loop import Keeper, Loop, Sums
from versus.training.recipe import Recipe

logger = logging.getLogger("versus")


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
        self._begun: Snapshot | None = None

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
        if self._interruption.asked and kind is not KeyboardInterrupt:
            self._interruption.leave()  # it was asked for when no step was left to see it

    def begin(self, loop: Loop) -> None:
        """Go on from the checkpoint, if there is one."""
        found = self._checkpoint.begin(self._identity)
        if found is None:
            return
        optimizer = loop.model.optimizer
        if not optimizer.built:
            optimizer.build(loop.model.trainable_variables)
        restore(loop, self._callbacks, found)
        # Callbacks begin an epoch that was begun already: what that changes is put back.
        self._begun = found if loop.step else None
        level = logging.INFO if self._checkpoint.of is not None else logging.WARNING
        place = loop.epoch + 1, loop.step
        logger.log(level, "%s: taken up at epoch %d, step %d", self._checkpoint.path, *place)

    def after_epoch_begin(self, loop: Loop) -> None:
        """Put the state back once more where an epoch was taken up in its middle."""
        if self._begun is not None:
            restore(loop, self._callbacks, self._begun)
            self._begun = None

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
        "logs": state.plain(loop.logs),
        "features": loop.features.used,
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
    # Features give other bits than pictures: an epoch goes on with what it had.
    if values["features"]:
        loop.epochs_to_save = 2
    elif loop.step:
        loop.epochs_to_save = 1


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
        "model": hashlib.sha256(_architecture(model).encode()).hexdigest(),
        "device": device_name(),
        "recipe": hashlib.sha256(recipe.model_dump_json().encode()).hexdigest(),
        "pictures": pictures.hexdigest(),
        "seed": str(seed),
    }


def _architecture(model: keras.Model) -> str:
    """Return a model's configuration with its layers numbered.

    Keras's own names count up in a process: the same cell of a notebook, run again, gives others.
    """
    text = architecture_json(model)
    for number, layer in enumerate(model._flatten_layers()):  # noqa: SLF001
        text = text.replace(f'"{layer.name}"', f'"#{number}"')
    return text
