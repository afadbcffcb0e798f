"""What makes a training this one and no other: a checkpoint of another is not taken up."""

import hashlib

import numpy as np

from versus.backend import device_name, keras
from versus.data.dataset import Split
from versus.data.memory_map import blocks
from versus.models.build import architecture_json
from versus.training.recipe import Recipe


def identity(
    engine: str,
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split | None,
    seed: int,
) -> dict[str, str]:
    """Return what makes a training this one, by names for a message."""
    pictures = hashlib.sha256()
    for part in (train, validation):
        if part is not None:
            for block in blocks(part.images):
                pictures.update(block.data)
            pictures.update(np.ascontiguousarray(part.labels).data)
    return {
        "engine": engine,
        "model": hashlib.sha256(_architecture(model).encode()).hexdigest(),
        "device": device_name(),
        "recipe": hashlib.sha256(recipe.model_dump_json().encode()).hexdigest(),
        "pictures": pictures.hexdigest(),
        "seed": str(seed),
    }


def _architecture(model: keras.Model) -> str:
    """Return a model's configuration with its layers numbered.

    Keras's own names count up in a process: the same cell of a notebook, run again, gives others.
    """
    try:
        text = architecture_json(model)
    except NotImplementedError:  # a subclass that cannot say how it was made
        shapes = [(variable.path, tuple(variable.shape)) for variable in model.variables]
        text = f"{type(model).__qualname__} {shapes}"
    for number, layer in enumerate(model._flatten_layers()):  # noqa: SLF001
        text = text.replace(f'"{layer.name}"', f'"#{number}"')
    return text
