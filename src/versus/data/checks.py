"""What pictures and labels must be, checked before anything is trained on them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.errors import DataError


def check_images(images: npt.NDArray[Any], where: str) -> None:
    """Raise DataError unless `images` is uint8 `[n, height, width, channels]`, n at least 1."""
    if images.dtype != np.uint8:
        hint = "; scaling to floats belongs into the model, as a Rescaling layer"
        raise DataError(
            f"{where}: expected pictures as uint8, 0 to 255; got {images.dtype}"
            f"{hint if np.issubdtype(images.dtype, np.floating) else ''}"
        )
    if images.ndim != 4 or 0 in images.shape:
        raise DataError(
            f"{where}: expected pictures as [n, height, width, channels], none of them 0; "
            f"got shape {images.shape}"
        )


def check_labels(labels: npt.NDArray[Any], count: int, classes: Sequence[str], where: str) -> None:
    """Raise DataError unless there are `count` labels, each the number of a class."""
    if labels.shape != (count,):
        raise DataError(
            f"{where}: {count} pictures but labels of shape {labels.shape}: "
            "expected one label a picture"
        )
    wrong = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if wrong.size:
        row = int(wrong[0])
        based_on_1 = labels.min() == 1 and labels.max() == len(classes)
        raise DataError(
            f"{where}: label {labels[row]} at row {row} is outside 0 to {len(classes) - 1} "
            f"({len(classes)} classes, {wrong.size} such labels)"
            f"{'; these labels look counted from 1: subtract 1' if based_on_1 else ''}"
        )
