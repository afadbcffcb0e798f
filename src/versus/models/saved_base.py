"""A saved model as the base of another: without its last layer, for pictures of other sizes."""

from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.errors import ModelError
from versus.models.cutting import without_last
from versus.models.preprocessing import to_colour
from versus.models.saved import load_saved

layers = keras.layers


def saved_base(path: Path) -> keras.Model:
    """Return a saved model up to what its last layer reads.

    Raises:
        ModelError: the file cannot be read, or what is in it is no base.
    """
    if path.name == "model.keras" and not path.exists():
        raise ModelError(
            f"{path.parent}: expected a run's folder, DIR/VARIANT/SEED, which holds model.keras; "
            "there is none"
        )
    model = load_saved(path)
    try:
        return without_last(model)
    except ModelError as cause:
        raise ModelError(f"{path}: {cause}") from cause


def fit_saved(x: Any, base: keras.Model, size: tuple[int, int] | None) -> Any:
    """Return pictures in the size and colours that a saved base takes.

    Args:
        x: symbolic pictures `[n, h, w, channels]`.
        base: from `saved_base`.
        size: (height, width) that was asked for.

    Raises:
        ModelError: the base takes other colours, or another size than was asked for.
    """
    height, width, channels = base.input_shape[1:]
    wanted = (height or x.shape[1], width or x.shape[2])
    if size is not None and size != wanted:
        raise ModelError(f"model '{base.name}' takes pictures of {wanted}; size asks for {size}")
    if (channels, x.shape[-1]) == (3, 1):
        return to_colour(x, wanted)
    if channels != x.shape[-1]:
        raise ModelError(
            f"model '{base.name}' takes {channels} channel(s), but the pictures have {x.shape[-1]}"
        )
    if tuple(x.shape[1:3]) != wanted:
        x = layers.Resizing(*wanted, interpolation="bilinear", name="resize")(x)
    return x
