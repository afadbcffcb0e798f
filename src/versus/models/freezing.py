"""Which layers of a trained base learn on, models within it included."""

from typing import Any

from versus.backend import keras
from versus.errors import UnknownNameError


def freeze(base: keras.Model, unfreeze_from: str | None) -> None:
    """Freeze the layers of `base`, but not those from the one called `unfreeze_from` on.

    Args:
        base: its own flag stays as it is, so that the layers in it have the say.
        unfreeze_from: the beginning of a layer's name; the layer may stand in a model within the
            base, and a model within the base stands for all its layers.

    Raises:
        UnknownNameError: no layer is called so.
    """
    # What the base itself was built with frozen learns too, from `unfreeze_from` on.
    base.trainable = True
    for layer in _before(base, unfreeze_from):
        layer.trainable = False


def _before(base: keras.Model, first: str | None) -> list[Any]:
    """Return the layers that stand wholly before the first one called so, the outermost ones."""
    found: list[Any] = []
    if not _collect(base, first, found) and first is not None:
        names = [layer.name for layer in base._flatten_layers(include_self=False)]  # noqa: SLF001
        raise UnknownNameError(f"layer of {base.name}", first, names)
    return found


def _collect(layer: Any, first: str | None, found: list[Any]) -> bool:
    """Append the layers in `layer` that stand before the first one; return whether it is there."""
    for inner in layer._flatten_layers(include_self=False, recursive=False):  # noqa: SLF001
        if first is not None and inner.name.startswith(first):
            return True
        within: list[Any] = []
        if _collect(inner, first, within):
            found += within
            return True
        found.append(inner)
    return False
