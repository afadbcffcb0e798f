"""A confusion matrix as a figure: errors carry the ink, right answers stand back."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from versus.figures.style import (
    INK,
    MUTED,
    PAPER,
    RULE,
    SMALL,
    colour,
    new_figure,
    quiet_axes,
    shortened,
)

MOST_NUMBERS = 20
"""Classes above which the cells hold no numbers: they would not be read."""
_LONGEST = 14  # letters of a class name


def error_shares(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return each error as a share of its true class, float64 `[k, k]`, the diagonal 0.

    Args:
        counts: `[k, k]`, rows true classes, columns predicted ones.
    """
    errors = counts * ~np.eye(len(counts), dtype=bool)
    return errors / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def confusion_matrix(
    counts: npt.NDArray[np.integer],
    classes: Sequence[str],
    *,
    number: int = 0,
    most: float | None = None,
    width: float = 3.5,
) -> Figure:
    """Draw a matrix; the ink of an error is the square root of its share of the true class.

    Args:
        counts: `[k, k]`, rows true classes, columns predicted ones.
        classes: `k` names.
        number: the variant's place in its study, which gives the colour.
        most: the share that has full ink, so that matrices side by side share a scale; the
            largest of this one where None.
        width: in inches.
    """
    k = len(classes)
    shares = error_shares(counts)
    ink = np.sqrt(np.clip(shares / (most or float(shares.max()) or 1.0), 0, 1))
    figure = new_figure(width, width)
    axes = quiet_axes(figure.add_subplot(), grid=None)
    axes.spines["bottom"].set_visible(False)
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), aspect="equal")
    size = min(SMALL, 0.42 * 72 * width / (k + 2))
    for true, said in product(range(k), range(k)):
        look: dict[str, Any] = {"facecolor": PAPER, "edgecolor": RULE, "linewidth": 0.5}
        if true != said:
            alpha = 0.06 + 0.6 * float(ink[true, said])
            look = {"facecolor": colour(number), "alpha": alpha, "linewidth": 0}
        axes.add_patch(Rectangle((said - 0.46, true - 0.46), 0.92, 0.92, **look))
    if k <= MOST_NUMBERS:
        _write_counts(axes, counts, size, 72 * width / (k + 2))
    names = [shortened(name, _LONGEST) for name in classes]
    wordy = max(map(len, names)) > 2
    axes.set_xticks(range(k), names, rotation=90 if wordy else 0, parse_math=False)
    axes.set_yticks(range(k), names, parse_math=False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=min(SMALL, 1.3 * size))
    axes.set_ylabel("true class", fontsize=SMALL, color=MUTED)
    axes.set_title("predicted", fontsize=SMALL, color=MUTED)
    return figure


def _write_counts(axes: Axes, counts: npt.NDArray[np.integer], size: float, cell: float) -> None:
    """Write every count but 0 into its cell, smaller where it has many digits; both in points."""
    for true, said in zip(*np.nonzero(counts), strict=True):
        text = str(counts[true, said])
        # A digit is 0.65 of the size wide, and 0.9 of a cell is for all of them.
        fits = min(size, 0.9 * cell / (0.65 * len(text)))
        colour_of = MUTED if true == said else INK
        axes.text(said, true, text, color=colour_of, ha="center", va="center", fontsize=fits)
