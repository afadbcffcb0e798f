"""A model cut at an inner layer: what it has seen so far, as a model of its own."""

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError


def cut(model: keras.Model, layer: str | int) -> keras.Model:
    """Return the model from the inputs to an inner layer; it shares the layers, and so weights.

    Args:
        model: built; Sequential or Functional.
        layer: name of a layer, or its number (-2 is the last but one).

    Returns:
        A Functional model that gives the layer's output, called "NAME-to-LAYER".

    Raises:
        UnknownNameError: no layer of the model has this name.
        ModelError: no layer has this number, or the model has no graph.

    Example:
        >>> features = versus.cut(model, "flatten")
        >>> features.predict(images)
    """
    if not (isinstance(model, keras.Sequential) or hasattr(model, "_nodes_by_depth")):
        raise ModelError(
            f"model '{model.name}' has no graph to cut: expected a Sequential or Functional model"
        )
    found = _layer(model, layer)
    return keras.Model(model.inputs, found.output, name=f"{model.name}-to-{found.name}")


def _layer(model: keras.Model, layer: str | int) -> keras.layers.Layer:
    if isinstance(layer, int):
        try:
            return model.layers[layer]
        except IndexError:
            raise ModelError(
                f"model '{model.name}' has {len(model.layers)} layers; there is no layer {layer}"
            ) from None
    for candidate in model.layers:
        if candidate.name == layer:
            return candidate
    raise UnknownNameError(f"layer of {model.name}", layer, [x.name for x in model.layers])
