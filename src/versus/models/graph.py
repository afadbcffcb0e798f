"""A model's own graph: the calls of its layers, and not those that other models make of them."""

from typing import Any

from versus.backend import keras
from versus.errors import ModelError


def graph_of(model: Any, purpose: str) -> Any:
    """Return the Functional model that holds a model's graph, often the model itself.

    Args:
        model: what somebody gave as a model.
        purpose: the verb of the error's message, as "draw".

    Raises:
        ModelError: it is no Keras model, or has no graph.
    """
    if not isinstance(model, keras.Model):
        got = f"'{model}'" if isinstance(model, str) else type(model).__name__
        example = model if isinstance(model, str) else "cnn-pool"
        raise ModelError(
            f"expected a built Keras model to {purpose}; got {got}: build it first, as "
            f"versus.build('{example}', (28, 28, 1), 10)"
        )
    functional: Any = getattr(model, "_functional", None) or model
    if not hasattr(functional, "_nodes_by_depth"):
        raise ModelError(
            f"model '{model.name}' has no graph to {purpose}: expected a built Sequential or "
            "Functional model"
        )
    return functional


def calls(graph: Any) -> list[Any]:
    """Return the calls in a graph, Keras's nodes, each after those whose outputs it reads."""
    by_depth = graph._nodes_by_depth  # noqa: SLF001
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def call_that_made(graph: Any, tensor: Any) -> Any:
    """Return the call in a graph whose output is `tensor`."""
    return next(node for node in calls(graph) if any(tensor is made for made in node.outputs))
