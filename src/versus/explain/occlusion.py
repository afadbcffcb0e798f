"""Occlusion: how much of an answer is lost while a patch covers a part of the picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

PARTS = 6
"""A patch is this part of the shorter side."""

Predict = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


def patch_grid(height: int, width: int) -> tuple[int, list[int], list[int]]:
    """Return the side of a patch in pixels, and where its top and its left edge go."""
    side = max(1, min(height, width) // PARTS)
    step = max(1, side // 2)
    tops, lefts = (
        sorted({*range(0, size - side + 1, step), size - side}) for size in (height, width)
    )
    return side, tops, lefts


def occlusion(
    image: npt.NDArray[np.uint8],
    answer: int,
    predict: Predict,
    fill: npt.NDArray[np.uint8],
) -> npt.NDArray[np.float32]:
    """Return what the probability of `answer` loses under a patch, float32 `[rows, columns]`.

    Source: M. D. Zeiler and R. Fergus 2014, "Visualizing and Understanding Convolutional
    Networks", section 4.2. Above 0, the place speaks for the answer; below 0, against it.

    Args:
        image: uint8 `[h, w, c]`.
        answer: the class.
        predict: from pictures `[n, h, w, c]` to probabilities `[n, k]`.
        fill: uint8 `[c]`, the colour of the patch.
    """
    side, tops, lefts = patch_grid(*image.shape[:2])
    covered = np.repeat(image[None], len(tops) * len(lefts) + 1, axis=0)
    places = [(top, left) for top in tops for left in lefts]
    for number, (top, left) in enumerate(places, 1):
        covered[number, top : top + side, left : left + side] = fill
    found: npt.NDArray[Any] = predict(covered)[:, answer]
    return (found[0] - found[1:]).reshape(len(tops), len(lefts)).astype(np.float32)
