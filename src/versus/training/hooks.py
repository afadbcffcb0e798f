"""Batch hooks of callbacks, called as Keras calls them, and only where a callback has one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from versus.backend import keras
from versus.training.heartbeat import Heartbeat
from versus.training.spending import Spending

NAMES = {
    "train": ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"),
    "test": ("on_test_batch_begin", "on_test_batch_end"),
}


class BatchHooks:
    """The callbacks that have batch hooks of their own; true if there is one.

    Attributes:
        meddling: whether one of them may change the training, as only a user's may.
    """

    def __init__(
        self, callbacks: Sequence[keras.callbacks.Callback], part: Literal["train", "test"]
    ) -> None:
        """Look at each callback once.

        Args:
            callbacks: all of the training's, in order.
            part: which hooks.
        """
        self._part = part
        self._told = [callback for callback in callbacks if _has_own(callback, part)]
        self._heartbeats = [c for c in callbacks if isinstance(c, Heartbeat) and part == "train"]
        harmless = (keras.callbacks.ProgbarLogger, Spending)
        self.meddling = any(not isinstance(callback, harmless) for callback in self._told)

    def __bool__(self) -> bool:
        return bool(self._told)

    def begin(self, step: int) -> None:
        """Call the hooks before a batch, numbered from 0 in its epoch."""
        for callback in self._told:
            getattr(callback, f"on_{self._part}_batch_begin")(step, logs={})

    def end(self, step: int, logs: Callable[[], Mapping[str, Any]]) -> None:
        """Call the hooks after a batch; the logs are made only if somebody wants them."""
        for callback in self._told:
            # What only counts has no use for logs, for which a device would be waited for.
            given = {} if isinstance(callback, Spending) else dict(logs())
            getattr(callback, f"on_{self._part}_batch_end")(step, logs=given)
        for heartbeat in self._heartbeats:
            if heartbeat.due(step + 1):
                heartbeat.beat(logs())


def _has_own(callback: keras.callbacks.Callback, part: str) -> bool:
    """Whether a callback has a batch hook of its own that does something."""
    if isinstance(callback, Heartbeat):
        return False  # it is asked when it is due, and given logs only then
    if part == "test" and isinstance(callback, keras.callbacks.ProgbarLogger):
        return False  # silent while a model is validated inside a training
    base = keras.callbacks.Callback
    # LambdaCallback sets its hooks on the object, not on the class.
    own = ((getattr(getattr(callback, name), "__func__", None), name) for name in NAMES[part])
    return any(found is not getattr(base, name) for found, name in own)
