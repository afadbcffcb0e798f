"""What a captured step takes from Python once and for all, and why some are not captured."""

from typing import Any

from versus.backend import keras
from versus.training.lowering.frozen import OPAQUE
from versus.training.lowering.graph import Graph
from versus.training.optimizers import Updater

# Functions and objects of a layer that Python calls at every step.
CALLED = ("activation", "kernel_regularizer", "bias_regularizer", "gamma_regularizer")


def why_not_captured(graph: Graph, update: Updater) -> str:
    """Return why the steps of a training are made one by one; "" if they can be captured.

    Only what is written by versus and Keras is known to do the same at every step.

    Args:
        graph: what is run on a batch.
        update: of the weights.
    """
    if not update.weights:
        return "no weight is trained"
    if update.rule is None:
        return f"{type(update.optimizer).__name__}, as it is set, is applied by Keras"
    for step in graph.steps:
        operation = step.operation
        if isinstance(operation, OPAQUE) or not _of_keras(type(operation)):
            return f"{operation.name} ({type(operation).__name__}) may do another thing each time"
        own = [name for name in CALLED if not _of_keras(getattr(operation, name, None))]
        if own:
            return f"the {own[0]} of {operation.name} may do another thing each time"
    return ""


def constants(graph: Graph, update: Updater) -> Any:
    """Return all that a captured step has taken from Python, to be compared with what is later.

    Args:
        graph: what is run on a batch.
        update: of the weights.
    """
    layers = [s.operation for s in graph.steps if isinstance(s.operation, keras.layers.Layer)]
    optimizer = dict(update.optimizer.get_config())
    if isinstance(update.optimizer._learning_rate, keras.Variable):  # noqa: SLF001
        optimizer.pop("learning_rate")  # read at every replay
    places = [variable.value.data_ptr() for layer in layers for variable in layer.variables]
    return repr([_config(layer) for layer in layers]), repr(optimizer), places


def _config(layer: Any) -> Any:
    flags = [sub.trainable for sub in layer._flatten_layers()]  # noqa: SLF001
    try:
        return flags, layer.get_config()
    except NotImplementedError:  # of the user's own, which is never captured
        return flags


def _of_keras(value: Any) -> bool:
    """Whether a class, a function or an object's class is Keras's own; so is None."""
    home = value if hasattr(value, "__module__") else type(value)
    return value is None or str(home.__module__).startswith("keras.src.")
