"""The look that all figures share: colours, font sizes, and empty figures to draw on.

Colours are few and fixed, so that a page can replace each by one of its own theme.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# One colour a variant. From M. Okabe and K. Ito 2008, "Color Universal Design": told apart with
# every common colour blindness; its yellow is left out, which white paper swallows.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6a93")

INK = "#1b1f24"
"""Text and strong lines."""
MUTED = "#5d6570"
"""Axis labels and what only explains."""
RULE = "#d6dae0"
"""Grid lines and frames."""
PAPER = "#ffffff"
"""Behind everything, and around marks that lie on others."""

SMALL, NORMAL, LARGE = 8.5, 9.5, 11.0
"""Font sizes in points."""


def colour(number: int) -> str:
    """Return the colour of the variant at `number` in its study, from 0; they repeat after 7."""
    return PALETTE[number % len(PALETTE)]


def shortened(name: str, most: int) -> str:
    """Return `name` with an ellipsis where it has more than `most` letters.

    Control characters, which no font has, become U+FFFD.
    """
    shown = name if len(name) <= most else f"{name[: most - 1]}\u2026"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in shown)


@contextmanager
def any_letters() -> Iterator[None]:
    """Let names have letters that matplotlib's own font lacks: where text stays text, others do.

    Without it each missing letter is a warning, also of a name that a page's font shows well.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of `width` by `height` inches that lays itself out.

    Made without pyplot: nothing is global, and the figure is freed with its last reference.
    """
    return Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)


def quiet_axes(axes: Axes, *, grid: Any = "y") -> Axes:
    """Take away every line of `axes` that says nothing, and return them.

    Args:
        axes: to be changed.
        grid: "x", "y", "both", or None for none.
    """
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.set_facecolor("none")
    axes.tick_params(length=0, labelsize=SMALL, labelcolor=MUTED, pad=4)
    if grid:
        axes.grid(axis=grid, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    return axes
