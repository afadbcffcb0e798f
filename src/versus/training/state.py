"""What a training is at a moment: everything its next step depends on, out of and into the model.

Random streams are part of it: of the dropout masks, of Keras's layers (their seeds are variables
of the model), and the global ones that a layer of a user's own may draw from.
"""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np

from versus.backend import global_seed, keras, torch
from versus.errors import TrainingError
from versus.training.lowering.native import Source
from versus.training.numbers import Arrays, array


def model_state(model: keras.Model, *, metrics: bool = False) -> tuple[Arrays, dict[str, Any]]:
    """Return copies of all variables of a compiled model and its optimizer, and what is frozen.

    Args:
        model: compiled, its optimizer built.
        metrics: with what its metrics have summed, and the state of optimizers that the model
            itself holds besides the one it was compiled with.
    """
    groups = _groups(model, metrics=metrics)
    arrays = {
        f"{name}/{n}": array(v) for name, group in groups.items() for n, v in enumerate(group)
    }
    return arrays, {
        "optimizer": type(model.optimizer).__name__,
        "counts": {name: len(group) for name, group in groups.items()},
        "layers": [bool(layer.trainable) for layer in _layers(model)],
        "variables": [bool(variable.trainable) for variable in model.variables],
    }


def why_not_loaded(model: keras.Model, values: Mapping[str, Any]) -> str:
    """Return why a model cannot take up a state; "" if it can, as far as counting tells."""
    optimizer = type(model.optimizer).__name__
    if optimizer != values["optimizer"]:
        return (
            f"it was saved with the optimizer {values['optimizer']}, and the training now has "
            f"{optimizer}: a callback that replaces the optimizer must do so in on_train_begin"
        )
    groups = _groups(model, metrics="metrics" in values["counts"])
    now = {name: len(group) for name, group in groups.items()} | {
        "layers": len(_layers(model)),
        "flags": len(model.variables),
    }
    saved = {**values["counts"], "layers": len(values["layers"]), "flags": len(values["variables"])}
    for name in sorted(saved.keys() | now.keys()):
        if now.get(name) != saved.get(name):
            kind = "layers" if name == "layers" else f"variables of the {name}"
            return (
                f"it holds {saved.get(name, 0)} {kind}, and the training now has "
                f"{now.get(name, 0)}: a callback that changes the model or its optimizer must do "
                "so in on_train_begin"
            )
    return ""


def load_model(model: keras.Model, arrays: Arrays, values: Mapping[str, Any]) -> None:
    """Set all variables of a compiled model and of its built optimizer, and what is frozen.

    Raises:
        TrainingError: the model or its optimizer is another one than was saved.
    """
    reason = why_not_loaded(model, values)
    if reason:
        raise TrainingError(reason)
    for layer, flag in zip(_layers(model), values["layers"], strict=True):
        # The public setter sets all layers below as well, which may differ from this one.
        layer._trainable = flag  # noqa: SLF001
    for variable, flag in zip(model.variables, values["variables"], strict=True):
        variable.trainable = flag
    for name, group in _groups(model, metrics="metrics" in values["counts"]).items():
        for number, variable in enumerate(group):
            _set(variable, arrays[f"{name}/{number}"])


def _set(variable: Any, kept: Any) -> None:
    if tuple(variable.value.shape) != kept.shape:
        raise TrainingError(
            f"variable {variable.path} is of shape {tuple(variable.value.shape)}, and was saved "
            f"with {kept.shape}"
        )
    # In place: the tensors are known elsewhere already.
    with torch.no_grad():
        variable.value.copy_(torch.from_numpy(np.array(kept)))


def _groups(model: Any, *, metrics: bool) -> dict[str, list[Any]]:
    """Return all variables that a training changes, by where they are."""
    found = {"model": list(model.variables), "optimizer": list(model.optimizer.variables)}
    if metrics:
        found["metrics"] = [variable for metric in model.metrics for variable in metric.variables]
        for name, value in sorted(vars(model).items()):
            own = isinstance(value, keras.optimizers.Optimizer) and value is not model.optimizer
            if own:
                found[f"optimizer {name}"] = list(value.variables)
    return found


def _layers(model: Any) -> list[Any]:
    return model._flatten_layers()  # noqa: SLF001


def random_state(masks: Source | None) -> tuple[Arrays, dict[str, Any]]:
    """Return where the random streams are: Keras's, Python's, numpy's and torch's own.

    Args:
        masks: the engine's own stream of dropout masks; None where Keras draws them.
    """
    arrays = {"random/torch": torch.get_rng_state().numpy()}
    kind, keys, *rest = np.random.get_state()  # noqa: NPY002  (a user's layer may draw from it)
    arrays["random/numpy"] = np.array(keys)
    values: dict[str, Any] = {"numpy": [kind, *rest], "python": random.getstate()}
    arrays["random/keras"] = np.array(global_seed().value.detach().cpu().numpy())
    if isinstance(masks, np.random.Generator):
        values["masks"] = _listed(masks.bit_generator.state)
    elif masks is not None:
        arrays["random/masks"] = masks.get_state().cpu().numpy()
    if torch.cuda.is_available():
        arrays["random/cuda"] = torch.cuda.get_rng_state().numpy()
    return arrays, values


def load_random(masks: Source | None, arrays: Arrays, values: Mapping[str, Any]) -> None:
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
    elif masks is not None:
        masks.set_state(torch.from_numpy(np.array(arrays["random/masks"])))
    if torch.cuda.is_available() and "random/cuda" in arrays:
        torch.cuda.set_rng_state(torch.from_numpy(np.array(arrays["random/cuda"])))


def _listed(value: Any) -> Any:
    """Return a generator's state with arrays as lists."""
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value
