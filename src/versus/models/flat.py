"""The layers of a model with those of the models within it in their place."""

from collections.abc import Iterator
from typing import Any

from versus.backend import keras


def flat_layers(model: keras.Model) -> Iterator[Any]:
    """Yield every layer that is no model itself, in the order of the models."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from flat_layers(layer)
        else:
            yield layer
