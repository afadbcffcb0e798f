"""Grids of sample pictures: a row a class, or any pictures with the label over each."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from versus.figures.labelled_pictures import labelled_pictures
from versus.figures.style import INK, LARGE, MUTED, NORMAL, SMALL, new_figure

MOST_ROWS = 40
"""More classes than these are not drawn: the figure would not fit a page."""

MOST_PICTURES = 400
"""Labelled pictures, of which each takes some milliseconds to draw."""

_CELL = 0.55  # inches a picture
_LONGEST_NAME = 24  # characters


def sample_grid(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.integer],
    classes: Sequence[str],
    columns: int = 10,
    title: str = "",
) -> Figure:
    """Draw the first `columns` pictures of each class, the class's name and count at the left.

    Args:
        images: uint8 `[n, h, w, 1]` (grey) or `[n, h, w, 3]` (RGB).
        labels: whole numbers `[n]`, from 0.
        classes: one name a label.
        columns: how many pictures of each class; a class that has fewer leaves its row open.
        title: above the grid, at the left.

    Raises:
        ValueError: the pictures are neither grey nor RGB, or `columns` is below 1.
    """
    if images.ndim != 4 or images.shape[3] not in (1, 3):
        raise ValueError(f"expected pictures [n, h, w, 1] or [n, h, w, 3]; got {images.shape}")
    if columns < 1:
        raise ValueError(f"expected one column or more; got {columns}")
    shown = list(classes)[:MOST_ROWS]
    rows = [np.flatnonzero(labels == label) for label in range(len(shown))]
    canvas, starts = _mosaic(images, [row[:columns] for row in rows], columns)
    height, width = canvas.shape[:2]
    across = _CELL * columns * max(1.0, images.shape[2] / images.shape[1])
    down = across * height / width
    left, top = _widest(shown) + 0.25, 0.4 if title or len(classes) > len(shown) else 0.1
    whole_width, whole_height = left + across + 0.1, top + down + 0.1
    figure = new_figure(whole_width, whole_height)
    figure.set_layout_engine("none")  # the sizes are known; an engine would centre the grid
    axes = figure.add_axes(
        (left / whole_width, 0.1 / whole_height, across / whole_width, down / whole_height)
    )
    axes.imshow(canvas, interpolation="nearest")
    axes.set_axis_off()
    middle = (images.shape[1] - 1) / 2
    for name, row, start in zip(shown, rows, starts, strict=True):
        place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        axes.annotate(
            _shorten(name), (0, start + middle), (-10, 1), **place,
            ha="right", va="bottom", fontsize=NORMAL, color=INK, parse_math=False,
        )  # fmt: skip
        axes.annotate(
            f"{len(row):,}", (0, start + middle), (-10, -1), **place,
            ha="right", va="top", fontsize=SMALL, color=MUTED,
        )  # fmt: skip
    left_out = len(classes) - len(shown)
    title += f" (the first {len(shown)} of {len(classes)} classes)" if left_out else ""
    if title:
        axes.set_title(title, loc="left", fontsize=LARGE, color=INK, parse_math=False)
    return figure


def labelled_grid(
    images: npt.NDArray[np.uint8], labels: Sequence[str], columns: int = 10, title: str = ""
) -> Figure:
    """Draw pictures in their order, row by row, the name of its class over each.

    Args:
        images: uint8 `[n, h, w, 1]` (grey) or `[n, h, w, 3]` (RGB).
        labels: `n` names.
        columns: pictures in a row.
        title: above the grid, at the left.

    Raises:
        ValueError: there is no picture, or not a label for each.
    """
    return labelled_pictures([[image] for image in images], labels, title, columns, over=True)


def _mosaic(
    images: npt.NDArray[np.uint8], rows: Sequence[npt.NDArray[np.intp]], columns: int
) -> tuple[npt.NDArray[np.uint8], list[int]]:
    """Lay the pictures of each row out on white.

    One picture drawn once is far faster than an axes a picture.

    Returns:
        uint8 `[height, width, 3]`, and the pixel at which each row starts.
    """
    _, height, width, _ = images.shape
    gap = math.ceil(max(height, width) / 14)
    steps = [number * (height + gap) for number in range(len(rows))]
    shape = (len(rows) * (height + gap) - gap, columns * (width + gap) - gap, 3)
    canvas = np.full(shape, 255, dtype=np.uint8)
    for top, row in zip(steps, rows, strict=True):
        for column, index in enumerate(row):
            left = column * (width + gap)
            canvas[top : top + height, left : left + width] = images[index]  # grey fills all three
    return canvas, steps


def _widest(names: Sequence[str]) -> float:
    """Return the width of the widest of `names` as drawn, in inches."""
    plain = (_shorten(name).replace("$", r"\$") for name in names)
    return max(TextPath((0, 0), name, size=NORMAL).get_extents().width for name in plain) / 72


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
