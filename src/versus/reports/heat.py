"""Arrays as small pictures: signed weights, activations, and maps laid over a picture."""

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from versus.figures.style import INK, PALETTE, PAPER

SIDE = 84
"""Pixels that a map is drawn at, at least."""
_BLUE, _ORANGE, _WHITE, _DARK = (
    np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
    for c in (PALETTE[0], PALETTE[1], PAPER, INK)
)

Floats = npt.NDArray[np.floating[Any]]
Pixels = npt.NDArray[np.uint8]


def signed(values: Floats, most: float | None = None) -> Pixels:
    """Return uint8 `[h, w, 3]`: blue below 0, white at 0, orange above.

    Args:
        values: `[h, w]`.
        most: the size that has the full colour; the largest of these where None.
    """
    share = np.clip(values / (most or float(np.abs(values).max()) or 1.0), -1, 1)[..., None]
    full = np.where(share < 0, _BLUE, _ORANGE)
    return np.rint(_WHITE + np.abs(share) * (full - _WHITE)).astype(np.uint8)


def strength(values: Floats) -> Pixels:
    """Return uint8 `[h, w, 3]`: white where nothing is, dark where a map is strongest."""
    low, high = float(values.min()), float(values.max())
    share = (values - low)[..., None] / ((high - low) or 1.0)
    return np.rint(_WHITE + share * (_DARK - _WHITE)).astype(np.uint8)


def overlaid(values: Floats, image: Pixels, most: float | None = None) -> Pixels:
    """Return a picture in pale grey with a signed map over it, uint8 `[side, side, 3]`.

    Args:
        values: `[rows, columns]`, stretched over the picture.
        image: uint8 `[h, w, c]`.
        most: as `signed` takes it.
    """
    height, width = image.shape[:2]
    scale = max(1, -(-SIDE // min(height, width)))
    size = (width * scale, height * scale)
    grey = image.mean(axis=2) if image.shape[2] == 3 else image[..., 0]
    below = np.asarray(
        Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.NEAREST)
    )
    share = np.clip(values / (most or float(np.abs(values).max()) or 1.0), -1, 1)
    smooth = Image.fromarray(share.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    over = np.asarray(smooth, dtype=np.float64)[..., None]
    # Dark on light whatever the data are: a map shows on pale grey, not on black.
    pale = 255 - 0.45 * (below if grey.mean() < 128 else 255 - below)[..., None]
    full = np.where(over < 0, _BLUE, _ORANGE)
    amount = 0.75 * np.abs(over)
    return np.rint(pale * (1 - amount) + full * amount).astype(np.uint8)


def filter_picture(weights: Floats, most: float) -> Pixels:
    """Return one filter `[h, w, c]` as a picture: signed, or in colour where there are three."""
    if weights.shape[2] == 3:
        return np.rint(127.5 + 127.5 * np.clip(weights / most, -1, 1)).astype(np.uint8)
    return signed(weights[..., 0] if weights.shape[2] == 1 else weights.mean(axis=2), most)


def png_uri(pixels: Pixels) -> str:
    """Return a picture as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
