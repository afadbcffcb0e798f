"""What callbacks have counted so far, out of them and into them again."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from versus.backend import keras
from versus.errors import TrainingError
from versus.training.numbers import Arrays, plain

Callbacks = Sequence[keras.callbacks.Callback]
# What Keras's own callbacks count; the rest of them are constants. A subclass counts at least that.
KNOWN: dict[type, tuple[str, ...]] = {
    keras.callbacks.EarlyStopping: ("wait", "stopped_epoch", "best", "best_epoch"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "cooldown_counter", "best"),
    keras.callbacks.ModelCheckpoint: (
        *("best", "_batches_seen_since_last_saving", "_last_batch_seen", "_current_epoch"),
    ),
}
logger = logging.getLogger("versus")


def callbacks_state(callbacks: Callbacks) -> tuple[Arrays, dict[str, Any]]:
    """Return what callbacks have counted, by their class, and place among its kind.

    Keras's History, EarlyStopping, ReduceLROnPlateau and ModelCheckpoint are known; any callback
    may say what it keeps by `state_dict()`, which gives something that JSON takes, and gets it
    back by `load_state_dict(state)`.

    Raises:
        TypeError: a `state_dict` fails, or gives something else.
    """
    arrays: Arrays = {}
    values: dict[str, Any] = {}
    for name, callback in _named(callbacks):
        kept: dict[str, Any] = {}
        if isinstance(callback, keras.callbacks.History):
            kept["history"] = plain(callback.history)
            kept["epoch"] = list(callback.epoch)
        known = _known(callback)
        if known:
            kept["known"] = {part: plain(getattr(callback, part, None)) for part in known}
        if isinstance(callback, keras.callbacks.EarlyStopping):
            for index, weights in enumerate(callback.best_weights or []):
                exact = np.asarray(weights)
                # numpy has no bfloat16 of its own.
                wide = exact.astype(np.float32) if exact.dtype.kind == "V" else exact
                arrays[f"best/{name}/{index}"] = wide
        if _keeps_its_own(callback):
            kept["own"] = _own_state(name, callback)
        if kept:
            values[name] = kept
    return arrays, values


def load_callbacks(callbacks: Callbacks, arrays: Arrays, values: Mapping[str, Any]) -> None:
    """Give callbacks back what they had counted; call it after `on_train_begin`.

    Raises:
        TrainingError: a callback does not take what it has given.
    """
    for name, callback in _named(callbacks):
        kept = values.get(name, {})
        if "history" in kept and isinstance(callback, keras.callbacks.History):
            callback.history = {key: list(row) for key, row in kept["history"].items()}
            callback.epoch = list(kept["epoch"])
        for part, value in kept.get("known", {}).items():
            setattr(callback, part, value)
        if isinstance(callback, keras.callbacks.EarlyStopping):
            prefix = f"best/{name}/"
            best = {int(k.removeprefix(prefix)): v for k, v in arrays.items() if prefix in k}
            callback.best_weights = [best[index] for index in sorted(best)] or None
        if "own" in kept and _keeps_its_own(callback):
            _give_back(name, callback, kept["own"])


def warn_of_strangers(callbacks: Callbacks, values: Mapping[str, Any]) -> None:
    """Say which callbacks differ from those of the training that was saved."""
    named = dict(_named(callbacks))
    counting = {n for n, cb in named.items() if _known(cb) or _keeps_its_own(cb)}
    counting |= {n for n, cb in named.items() if isinstance(cb, keras.callbacks.History)}
    gone, new = sorted(values.keys() - counting), sorted(counting - values.keys())
    if gone:
        logger.warning("callbacks that were saved but are not given now: %s", _short(gone))
    if new:
        logger.warning("callbacks that were not saved, and start anew: %s", _short(new))


def _known(callback: keras.callbacks.Callback) -> tuple[str, ...]:
    return next((parts for kind, parts in KNOWN.items() if isinstance(callback, kind)), ())


def _keeps_its_own(callback: keras.callbacks.Callback) -> bool:
    return callable(getattr(callback, "state_dict", None))


def _own_state(name: str, callback: Any) -> Any:
    try:
        # A copy: a callback may give the very list that it goes on filling.
        return json.loads(json.dumps(callback.state_dict()))
    except Exception as cause:  # it is a user's code
        raise TypeError(
            f"callback {_short([name])}: its state_dict() must give what JSON takes: {cause}"
        ) from cause


def _give_back(name: str, callback: Any, state: Any) -> None:
    try:
        callback.load_state_dict(state)
    except Exception as cause:  # it is a user's code
        raise TrainingError(
            f"callback {_short([name])}: its load_state_dict() does not take what its "
            f"state_dict() gave: {type(cause).__name__}: {cause}"
        ) from cause


def _short(names: Iterable[str]) -> str:
    """Return callbacks' classes as a message shows them."""
    return ", ".join(name.rpartition(".")[2].removesuffix("#0") for name in names)


def _named(callbacks: Callbacks) -> list[tuple[str, keras.callbacks.Callback]]:
    """Return callbacks with names that one more callback of another class does not shift."""
    counts: Counter[str] = Counter()
    found = []
    for callback in callbacks:
        kind = f"{type(callback).__module__}.{type(callback).__qualname__}"
        found.append((f"{kind}#{counts[kind]}", callback))
        counts[kind] += 1
    return found
