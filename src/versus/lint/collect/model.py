"""From a Keras model, or one that can be built, to its Graph; and what its units answer."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from versus.backend import keras
from versus.data.dataset import Images
from versus.errors import ModelError
from versus.lint.graph import Graph, graph_from_config
from versus.lint.subject import Activity, Candidate, Loss, Subject
from versus.models.build import architecture_json, build, takes_others
from versus.models.estimator import Estimator
from versus.models.pretrained import untrained

SHOWN = 512
"""Pictures: a unit that answers one in a hundred is silent for all of them once in 170 times."""

RELU = ("relu", "relu6")


def built_graph(model: Any, input_shape: tuple[int, int, int], classes: int, seed: int) -> Graph:
    """Build a MODEL, without fetching weights that others trained, and return its layers.

    Raises:
        VersusError: it cannot be built.
    """
    with untrained():
        built = build(model, input_shape, classes, seed)
    # What scikit-learn will learn has no layers yet that a rule could judge.
    found = None if isinstance(built, Estimator) else model_graph(built)
    return found or Graph(str(model), ())


def model_graph(model: keras.Model) -> Graph | None:
    """Return the layers of a model, None for one without a graph."""
    try:
        return graph_from_config(json.loads(architecture_json(model)))
    except (TypeError, ValueError, NotImplementedError):  # a layer that has no configuration
        return None


def collect_model(model: keras.Model, images: Images | None = None, name: str = "") -> Subject:
    """Return what can be known of a model by itself.

    Args:
        model: built; where it was compiled, its loss is known too.
        images: uint8 `[n, height, width, channels]` to show it, to see which of its units answer.
        name: as messages call it.

    Raises:
        ModelError: the model does not take such pictures.
    """
    name = name or model.name
    if images is not None and (why_not := takes_others(model, images.shape[1:])):
        raise ModelError(f"{name} {why_not}")
    candidate = Candidate(name, name, graph=model_graph(model), loss=compiled_loss(model))
    return Subject(name, candidates=(candidate,), activity=tuple(activity(name, model, images)))


def compiled_loss(model: keras.Model) -> Loss | None:
    """Return the loss that a model was compiled with, None where it was not, or not by name."""
    loss: Any = getattr(model, "loss", None)
    if isinstance(loss, str):
        return Loss(loss)
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    name = config.get("name")
    return Loss(name, bool(config.get("from_logits", False))) if name else None


def activity(name: str, model: keras.Model, images: Images | None) -> Iterator[Activity]:
    """Yield, for each layer that ends in ReLU, how many of its units answer no picture.

    A residual net's own ReLU layers count as well as activations of convolutions.
    """
    if images is None or not len(images):
        return
    layers = [layer for layer in getattr(model, "layers", ()) if _ends_in_relu(layer)]
    if not layers:
        return
    shown = np.asarray(images[:SHOWN])
    seeing: Any = keras.Model(model.inputs, [layer.output for layer in layers])
    answers = seeing.predict(shown, batch_size=128, verbose=0)
    for layer, answer in zip(layers, answers if len(layers) > 1 else [answers], strict=True):
        last = np.abs(np.asarray(answer)).reshape(-1, np.shape(answer)[-1]).max(axis=0)
        yield Activity(name, layer.name, len(last), int((last == 0).sum()), len(shown))


def _ends_in_relu(layer: Any) -> bool:
    kind = type(layer).__name__
    if kind == "ReLU":
        return not layer.negative_slope
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "") in RELU
