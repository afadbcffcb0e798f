"""A model with the layers of the models within it in their place."""

from typing import Any

from versus.backend import keras
from versus.models.graph import graph_of


def flattened(model: keras.Model) -> keras.Model:
    """Return a model of the same layers, in which no call is that of a whole model.

    So that what a base makes of a picture, inside it, can be asked for, and gradients too. Layers
    and weights are those of `model`; as outside training, nothing is dropped.

    Args:
        model: Sequential or Functional.

    Returns:
        `model` itself where it has no model within it, or where two of the layers have one name,
        which Keras does not allow in one graph.
    """
    graph = graph_of(model, "explain")
    if not any(_is_graph(layer) for layer in model.layers):
        return model
    inputs = [keras.Input(batch_shape=x.shape, dtype=x.dtype, name=x.name) for x in graph.inputs]
    try:
        outputs = _run(graph, inputs)
        return keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=model.name)
    except ValueError:  # Keras's own: "should be unique"
        return model


def _run(graph: Any, inputs: Any) -> Any:
    """Return the outputs of a graph for symbolic inputs, those of graphs within it likewise."""

    def call(operation: Any, *arguments: Any, **named: Any) -> Any:
        if not _is_graph(operation):
            return operation(*arguments, **named)
        return _run(graph_of(operation, "explain"), arguments[0] if arguments else named["inputs"])

    found = graph._run_through_graph(inputs, call_fn=call)  # noqa: SLF001
    several = isinstance(found, (list, tuple)) and len(found) == 1
    return found[0] if several else found


def _is_graph(layer: Any) -> bool:
    return isinstance(layer, keras.Model) and hasattr(
        getattr(layer, "_functional", None) or layer, "_nodes_by_depth"
    )
