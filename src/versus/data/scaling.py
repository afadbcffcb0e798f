"""Scaling: a picture brought to another size, and what its border looks like."""

from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

_Number = TypeVar("_Number", bound=np.generic)
Pixels = npt.NDArray[np.uint8]
Fit = Literal["pad", "crop", "stretch"]


def fitted(pixels: Pixels, height: int, width: int, fit: Fit) -> Pixels:
    """Bring a picture to a size.

    Args:
        pixels: uint8 `[h, w, c]`.
        height: of the result.
        width: of the result.
        fit: "pad" scales to fit inside and fills up with the median of the border, "crop" scales
            to cover and cuts the overhang evenly, "stretch" scales both sides apart.

    Returns:
        uint8 `[height, width, c]`.
    """
    h, w = pixels.shape[:2]
    if (h, w) == (height, width):
        return pixels
    if fit == "stretch":
        return resized(pixels, height, width)
    ratios = height / h, width / w
    scale = min(ratios) if fit == "pad" else max(ratios)
    inner = resized(pixels, max(1, round(h * scale)), max(1, round(w * scale)))
    if fit == "crop":
        top, left = (inner.shape[0] - height) // 2, (inner.shape[1] - width) // 2
        return inner[top : top + height, left : left + width]
    canvas = np.empty((height, width, pixels.shape[2]), np.uint8)
    canvas[:] = np.floor(np.median(border_of(pixels), axis=0) + 0.5)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    canvas[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return canvas


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    """Scale to the size by Pillow's bilinear filter, which averages where it makes smaller."""
    if pixels.shape[:2] == (height, width):
        return pixels
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else np.ascontiguousarray(pixels)
    array = np.asarray(Image.fromarray(flat).resize((width, height), Image.Resampling.BILINEAR))
    return array[:, :, np.newaxis] if array.ndim == 2 else array


def border_of(pixels: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return the pixels of the outermost ring, `[n, channels]`."""
    return np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
