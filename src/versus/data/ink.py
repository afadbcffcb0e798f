"""Ink: drawn signs told from what they are drawn on, and centred as MNIST's are."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from versus.data.scaling import Pixels, border_of, resized

Centre = Literal["mass", "box"]
FAINTEST = 32
"""Ink less than this brighter than its background is none: the picture is blank."""
# What is no brighter than twice the border's own unevenness may be paper or noise; but what has
# this share of the strongest ink is ink.
_SURELY_INK = 0.25


def dark_on_bright(pixels: Pixels) -> bool:
    """Return whether the border is brighter than middle grey, as paper around dark ink is."""
    return float(np.median(border_of(pixels))) > 127.5


def blank(pixels: Pixels) -> bool:
    """Return whether there is no ink: nothing clearly brighter than the border."""
    return int(_above_background(pixels).max()) < FAINTEST


def centred(pixels: Pixels, size: tuple[int, int], box: int, centre: Centre = "mass") -> Pixels:
    """Place bright ink on dark as MNIST's pictures were made.

    What is brighter than the border is cut out, scaled with its proportions kept so that its
    longer side fills `box`, strengthened so that its brightest value is 255, and placed so that
    its centre of mass lies in the middle. Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST
    database of handwritten digits": 20x20 boxes, centre of mass, 28x28.

    Args:
        pixels: uint8 `[h, w, c]`; ink bright on dark.
        size: (height, width) of the result.
        box: pixels of the longer side of the ink in the result.
        centre: what of the ink lies in the middle: its centre of "mass", or of its "box".

    Returns:
        uint8 `[*size, c]`; all 0 where the picture is blank, or its ink too thin for the box.
    """
    canvas = np.zeros((*size, pixels.shape[2]), np.uint8)
    ink = _above_background(pixels)
    strongest = int(ink.max())
    if strongest < FAINTEST:
        return canvas
    noise = 2 * float(np.percentile(border_of(ink), 99))
    top, bottom, left, right = _bounds(ink.max(axis=2) > min(noise, strongest * _SURELY_INK))
    cut = (ink[top:bottom, left:right] * 255 // strongest).astype(np.uint8)
    scale = box / max(cut.shape[:2])
    height, width = (max(1, round(side * scale)) for side in cut.shape[:2])
    small = resized(cut, height, width)
    if not small.any():  # a speck, thinned out of sight
        return canvas
    if centre == "box":
        offset = (size[0] - height) // 2, (size[1] - width) // 2
    else:
        offset = _offset(small.astype(np.float64).sum(axis=2), size)
    _place(canvas, small, offset)
    return canvas


def _above_background(pixels: Pixels) -> npt.NDArray[np.int64]:
    background = np.floor(np.median(border_of(pixels), axis=0)).astype(np.int64)
    return np.maximum(pixels.astype(np.int64) - background, 0)


def _bounds(mask: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return top, bottom, left, right of what is True; bottom and right lie behind it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _offset(weights: npt.NDArray[np.float64], size: tuple[int, int]) -> tuple[int, int]:
    """Return where the top left corner goes so that the centre of mass is in the middle.

    Rows and columns count from 0 and the middle of 28 is 14: as it is in MNIST's own files.
    """
    rows: npt.NDArray[np.float64] = weights.sum(axis=1)
    columns: npt.NDArray[np.float64] = weights.sum(axis=0)
    row, column = (float(side @ np.arange(len(side)) / side.sum()) for side in (rows, columns))
    return round(size[0] / 2 - row), round(size[1] / 2 - column)


def _place(canvas: Pixels, small: Pixels, offset: tuple[int, int]) -> None:
    """Write `small` into `canvas` at `offset`; what lies outside is cut off."""
    (top, left), (height, width) = offset, small.shape[:2]
    bottom, right = min(top + height, canvas.shape[0]), min(left + width, canvas.shape[1])
    up, over = max(top, 0), max(left, 0)
    canvas[up:bottom, over:right] = small[up - top : bottom - top, over - left : right - left]
