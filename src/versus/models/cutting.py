"""A model cut at an inner layer: what it has seen so far, as a model of its own."""

import operator
from typing import Any

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.graph import call_that_made, calls, graph_of


def cut(model: keras.Model, layer: str | int) -> keras.Model:
    """Return the model from the inputs to an inner layer; it shares the layers, and so weights.

    Args:
        model: built; Sequential or Functional.
        layer: name of a layer, or its number (-2 is the last but one). A model within the model
            is one layer.

    Returns:
        A Functional model that gives the layer's output, called "NAME-to-LAYER".

    Raises:
        UnknownNameError: no layer of the model has this name.
        ModelError: no layer has this number, the layer is called more than once, or the model has
            no graph.

    Example:
        >>> features = versus.cut(model, "flatten")
        >>> features.predict(images)
    """
    graph = graph_of(model, "cut")
    found = _layer(model, layer)
    # A layer's own `output` is that of its first call, which may stand in another model's graph.
    its_calls = [node for node in calls(graph) if node.operation is found]
    if len(its_calls) != 1:
        raise ModelError(
            f"layer '{found.name}' is called {len(its_calls)} times in model '{model.name}', so "
            "which output is meant is open: expected a layer that is called once"
        )
    made = its_calls[0].outputs
    return _up_to(model, made[0] if len(made) == 1 else list(made), found.name)


def without_last(model: keras.Model) -> keras.Model:
    """Return the model up to what its last layer reads; it shares the layers, and so weights.

    Args:
        model: built; Sequential or Functional.

    Raises:
        ModelError: the model has several inputs or outputs, its last layer reads several tensors,
            or nothing that could have learned stands before it.
    """
    graph = graph_of(model, "cut")
    for what, tensors in (("input", graph.inputs), ("output", graph.outputs)):
        if len(tensors) != 1:
            raise ModelError(
                f"model '{model.name}' has {len(tensors)} {what}s: expected one {what}; "
                "cut the part that is wanted with versus.cut, add a layer, and save that"
            )
    last = call_that_made(graph, graph.outputs[0])
    read = last.input_tensors
    if len(read) != 1:
        raise ModelError(
            f"the last layer of model '{model.name}', '{last.operation.name}', reads "
            f"{len(read)} layers: expected one, whose output are the features; save it with a "
            "last layer that reads one"
        )
    name = call_that_made(graph, read[0]).operation.name
    kept = _up_to(model, read[0], name)
    if not kept.weights:
        raise ModelError(
            f"model '{model.name}' has no weights before its last layer, "
            f"'{last.operation.name}': expected layers that have learned something"
        )
    return kept


def _up_to(model: keras.Model, outputs: Any, layer: str) -> keras.Model:
    try:
        return keras.Model(model.inputs, outputs, name=f"{model.name}-to-{layer}")
    except ValueError as cause:
        reason = str(cause).strip().splitlines()[0]
        raise ModelError(f"model '{model.name}' cannot be cut at '{layer}': {reason}") from cause


def _layer(model: keras.Model, layer: str | int) -> keras.layers.Layer:
    if isinstance(layer, str):
        for candidate in model.layers:
            if candidate.name == layer:
                return candidate
        raise UnknownNameError(f"layer of {model.name}", layer, [x.name for x in model.layers])
    try:
        number = None if isinstance(layer, bool) else operator.index(layer)
    except TypeError:
        number = None
    if number is None:
        raise ModelError(
            f"model '{model.name}': expected the name of a layer, or its number; got {layer!r}"
        )
    try:
        return model.layers[number]
    except IndexError:
        raise ModelError(
            f"model '{model.name}' has {len(model.layers)} layers; there is no layer {number}"
        ) from None
