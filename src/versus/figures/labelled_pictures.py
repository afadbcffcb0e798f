"""Pictures in rows, each with a line under or over it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from versus.figures.style import INK, LARGE, MUTED, RULE, SMALL, new_figure

_WIDTH, _CAPTION = 1.05, 0.3  # inches a picture, and under it
_LONGEST = 16  # characters of a line: the neighbours' lines come close


def labelled_pictures(
    groups: Sequence[Sequence[npt.NDArray[np.uint8]]],
    captions: Sequence[str],
    title: str = "",
    columns: int = 8,
    *,
    over: bool = False,
) -> Figure:
    """Draw groups of pictures, the pictures of one side by side, a caption at each group.

    Args:
        groups: of each, one picture or several, uint8 `[h, w, 1]` (grey) or `[h, w, 3]` (RGB).
        captions: a line or two for each group.
        title: above all, at the left.
        columns: groups in a row, at most.
        over: whether captions stand over the pictures; else they stand under them.

    Raises:
        ValueError: there is no group, or a caption is missing.
    """
    if not groups or len(groups) != len(captions):
        raise ValueError(f"expected a caption for each group; got {len(groups)}, {len(captions)}")
    wide = max(len(group) for group in groups)
    columns = min(columns, len(groups))
    rows = -(-len(groups) // columns)
    lines = max(caption.count("\n") + 1 for caption in captions)
    width = columns * _WIDTH * wide + 0.2
    height = rows * (_WIDTH + _CAPTION * (lines + 1) / 2) + (0.4 if title else 0.1)
    figure = new_figure(width, height)
    for number, (group, caption) in enumerate(zip(groups, captions, strict=True)):
        axes = figure.add_subplot(rows, columns, number + 1)
        axes.imshow(_beside(group), interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_color(RULE)
        shown = "\n".join(_shorten(line, wide * _LONGEST) for line in caption.split("\n"))
        write = axes.set_title if over else axes.set_xlabel
        write(shown, fontsize=SMALL, color=MUTED, parse_math=False)
    if title:
        figure.suptitle(
            title, x=0.01, ha="left", fontsize=LARGE, color=INK, parse_math=False
        )  # fmt: skip
    return figure


def _beside(group: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8]:
    """Return pictures side by side, with a white gap, in three channels."""
    height, width = group[0].shape[:2]
    gap = np.full((height, max(1, width // 14), 3), 255, np.uint8)
    parts: list[npt.NDArray[np.uint8]] = []
    for picture in group:
        parts += [gap, np.broadcast_to(picture, (height, width, 3))]
    return np.concatenate(parts[1:], axis=1)


def _shorten(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
