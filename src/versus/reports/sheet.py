"""A sheet: many small pictures as one picture, which a page's script cuts into tiles."""

import base64
import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from versus.reports.pictures import LARGEST

MOST_BYTES = 1_200_000
"""Of the file: in base64 a third more, of a page that is to stay below 3 MB."""
_COLUMNS = 64
_QUALITY = 85


@dataclass(frozen=True)
class Sheet:
    """Pictures side by side, row by row.

    Attributes:
        uri: data URI, PNG; JPEG for colours that would be too large.
        columns: pictures in a row.
        width, height: of one picture, in pixels.
        count: pictures on it, from the first of those given; fewer where all were too many.
    """

    uri: str
    columns: int
    width: int
    height: int
    count: int


def picture_sheet(images: npt.NDArray[np.uint8], most_bytes: int = MOST_BYTES) -> Sheet:
    """Return as many of `images`, from the first, as the sheet has room for.

    Args:
        images: uint8 `[n, height, width, channels]`, at least one.
        most_bytes: of the file.
    """
    shown = images if images.shape[3] == 3 else images[..., :1]
    count, smaller = len(images), _size(images.shape[1], images.shape[2])
    while True:
        grid = _grid(shown[:count], smaller)
        data, kind = _encoded(grid, most_bytes)
        if len(data) <= most_bytes or count == 1:
            uri = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
            return Sheet(uri, _COLUMNS, *smaller, count)
        count = max(1, min(count - 1, int(0.95 * count * most_bytes / len(data))))


def _size(height: int, width: int) -> tuple[int, int]:
    """Return width and height of a tile: those of a picture, or smaller in proportion."""
    scale = min(1.0, LARGEST / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _grid(images: npt.NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    width, height = size
    rows = math.ceil(len(images) / _COLUMNS)
    mode = "RGB" if images.shape[3] == 3 else "L"
    grid = Image.new(mode, (_COLUMNS * width, rows * height))
    for place, image in enumerate(images):
        tile = Image.fromarray(np.ascontiguousarray(image if mode == "RGB" else image[..., 0]))
        if tile.size != size:
            tile = tile.resize(size)
        row, column = divmod(place, _COLUMNS)
        grid.paste(tile, (column * width, row * height))
    return grid


def _encoded(grid: Image.Image, most_bytes: int) -> tuple[bytes, str]:
    lossy: dict[str, Any] = {"quality": _QUALITY, "subsampling": 0}
    for kind, options in (("png", {}), ("jpeg", lossy)):
        buffer = io.BytesIO()
        grid.save(buffer, format=kind.upper(), **options)
        if buffer.tell() <= most_bytes:
            return buffer.getvalue(), kind
    return buffer.getvalue(), kind
