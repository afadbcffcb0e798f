"""What a training is at a moment: everything its next step depends on, out of and into the model.

Random streams are part of it: of the dropout masks, of Keras's layers (their seeds are variables
of the model), and the global ones that a layer of a user's own may draw from.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import global_seed, keras, torch
from versus.training.lowering.native import Source

Arrays = dict[str, npt.NDArray[Any]]
# What Keras's early stopping counts; the rest of it are constants.
EARLY_STOPPING = ("wait", "stopped_epoch", "best", "best_epoch")


def variables_state(model: keras.Model) -> Arrays:
    """Return copies of all variables of a compiled model and of its optimizer."""
    found = {f"model/{n}": _array(v) for n, v in enumerate(model.variables)}
    optimizer: Any = model.optimizer
    return found | {f"optimizer/{n}": _array(v) for n, v in enumerate(optimizer.variables)}


def load_variables(model: keras.Model, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Set all variables of a compiled model and of its built optimizer."""
    optimizer: Any = model.optimizer
    for prefix, variables in (("model", model.variables), ("optimizer", optimizer.variables)):
        for number, variable in enumerate(variables):
            # In place: the tensors are known elsewhere already.
            with torch.no_grad():
                kept = torch.from_numpy(np.array(arrays[f"{prefix}/{number}"]))
                variable.value.copy_(kept)


def callbacks_state(callbacks: Sequence[keras.callbacks.Callback]) -> tuple[Arrays, dict[str, Any]]:
    """Return what callbacks have counted so far, by their class, and place among its kind.

    Keras's History and EarlyStopping are known; any other says what it keeps by `state_dict()`,
    which gives something that JSON takes, and gets it back by `load_state_dict(state)`.
    """
    arrays: Arrays = {}
    values: dict[str, Any] = {}
    for name, callback in _named(callbacks):
        if isinstance(callback, keras.callbacks.History):
            values[name] = {"history": plain(callback.history), "epoch": callback.epoch}
        elif isinstance(callback, keras.callbacks.EarlyStopping):
            values[name] = {part: plain(getattr(callback, part)) for part in EARLY_STOPPING}
            for index, weights in enumerate(callback.best_weights or []):
                exact = np.asarray(weights)
                arrays[f"best/{name}/{index}"] = (
                    exact.astype(np.float32) if exact.dtype.kind == "V" else exact
                )
        elif callable(own := getattr(callback, "state_dict", None)):
            values[name] = own()
    return arrays, values


def load_callbacks(
    callbacks: Sequence[keras.callbacks.Callback],
    arrays: Mapping[str, npt.NDArray[Any]],
    values: Mapping[str, Any],
) -> None:
    """Give callbacks back what they had counted; call it after `on_train_begin`."""
    for name, callback in _named(callbacks):
        kept = values.get(name)
        if kept is None:
            continue
        if isinstance(callback, keras.callbacks.History):
            callback.history, callback.epoch = dict(kept["history"]), list(kept["epoch"])
        elif isinstance(callback, keras.callbacks.EarlyStopping):
            for part in EARLY_STOPPING:
                setattr(callback, part, kept[part])
            prefix = f"best/{name}/"
            best = {int(k.removeprefix(prefix)): v for k, v in arrays.items() if prefix in k}
            callback.best_weights = [best[index] for index in sorted(best)] or None
        else:
            callback.load_state_dict(kept)  # pyright: ignore[reportAttributeAccessIssue]


def _named(
    callbacks: Sequence[keras.callbacks.Callback],
) -> list[tuple[str, keras.callbacks.Callback]]:
    """Return callbacks with names that one more callback of another class does not shift."""
    counts: Counter[str] = Counter()
    found = []
    for callback in callbacks:
        kind = f"{type(callback).__module__}.{type(callback).__qualname__}"
        found.append((f"{kind}#{counts[kind]}", callback))
        counts[kind] += 1
    return found


def random_state(masks: Source) -> tuple[Arrays, dict[str, Any]]:
    """Return where the random streams are: of the masks, and Python's, numpy's and torch's own."""
    arrays = {"random/torch": torch.get_rng_state().numpy()}
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002  (a user's layer may draw from it)
    arrays["random/numpy"] = np.array(keys)
    values: dict[str, Any] = {"numpy": [kind, *rest], "python": random.getstate()}
    arrays["random/keras"] = np.array(global_seed().value.detach().cpu().numpy())
    if isinstance(masks, np.random.Generator):
        values["masks"] = _listed(masks.bit_generator.state)
    else:
        arrays["random/masks"] = masks.get_state().cpu().numpy()
    return arrays, values


def load_random(
    masks: Source, arrays: Mapping[str, npt.NDArray[Any]], values: Mapping[str, Any]
) -> None:
    """Set the random streams to where they were."""
    torch.set_rng_state(torch.from_numpy(np.array(arrays["random/torch"])))
    kind, *rest = values["numpy"]
    np.random.set_state((kind, arrays["random/numpy"], *rest))  # noqa: NPY002
    global_seed().assign(arrays["random/keras"])
    version, internal, gauss = values["python"]
    random.setstate((version, tuple(internal), gauss))
    if isinstance(masks, np.random.Generator):
        state = dict(values["masks"])
        state["state"] = {"state": np.array(state["state"]["state"], dtype=np.uint64)}
        masks.bit_generator.state = state
    else:
        masks.set_state(torch.from_numpy(np.array(arrays["random/masks"])))


def _listed(value: Any) -> Any:
    """Return a generator's state with arrays as lists."""
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def plain(value: Any) -> Any:
    """Return numbers as Python's own, through lists and dicts."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, (int, str)) else float(value)


def _array(variable: Any) -> npt.NDArray[Any]:
    # A copy: the training goes on in the variable's own memory. numpy has no bfloat16.
    value = variable.value.detach().cpu()
    return np.array((value.float() if value.dtype == torch.bfloat16 else value).numpy())
