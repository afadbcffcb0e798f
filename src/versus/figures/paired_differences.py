"""Paired differences: for each two variants, every seed as a dot, and the interval over them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from versus.figures.marks import mark
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

_ROW, _FRAME = 0.95, 0.6  # inches: one pair, and the axis with its label
_DOT = 7.5  # points
_POINTS = 72.0  # an inch
# Where in a row things lie, in rows, downwards: who is better where, the dots, the interval.
_SIDES, _DOTS, _INTERVAL = -0.4, 0.04, 0.27
_TINY = 1e-9  # what rounding may do to a distance
_LONGEST, _SHORTER = 26, 13  # letters of a name, in a wide figure and in a narrow one


@dataclass(frozen=True)
class PairedDifferences:
    """What one row shows: B minus A.

    Attributes:
        a, b: names of the two variants.
        a_number, b_number: their places in the study, from 0, which give their colours.
        differences: B minus A, one number a seed.
        mean: of the differences; None where there is none.
        low, high: the interval; None where it has no bound.
        seeds: as `differences` are; () where nobody asks which dot is whose.
    """

    a: str
    b: str
    a_number: int
    b_number: int
    differences: tuple[float, ...]
    mean: float | None
    low: float | None
    high: float | None
    seeds: tuple[int, ...] = ()

    @property
    def numbers(self) -> tuple[int, int]:
        """Both places in the study."""
        return self.a_number, self.b_number


def paired_differences(
    rows: Sequence[PairedDifferences],
    *,
    label: str,
    higher_is_better: bool = True,
    margin: float | None = None,
    width: float = 7.2,
    ends: tuple[float, float] | None = None,
) -> Figure:
    """Draw one row a pair: each seed as a dot in the colour of whoever did better on it.

    Args:
        rows: the pairs, at least one.
        label: of the axis, with its unit.
        higher_is_better: whether B did better where the difference is above 0.
        margin: differences within it, either way, count as equivalent; drawn as a band.
        width: in inches.
        ends: of the axis, where several figures share one; as far as these rows go where None.
    """
    figure = new_figure(width, _ROW * len(rows) + _FRAME)
    # Marks at the very edge of the axes need room that the layout does not know of.
    figure.get_layout_engine().set(w_pad=0.09)  # pyright: ignore
    axes = quiet_axes(figure.add_subplot(), grid=None)
    low, high = ends or reach(rows, margin)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.5, -0.55), yticks=[])
    for place, row in enumerate(rows):
        _draw_zero(axes, place, row, margin)
        _draw_sides(axes, place, row, higher_is_better, _LONGEST if width > 5 else _SHORTER)
        _draw_dots(axes, place, row, higher_is_better, _DOT / _POINTS / width * (high - low))
        _draw_interval(axes, place, row)
    axes.locator_params(axis="x", nbins=7 if width > 5 else 5)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:+g}".replace("-", "\u2212") if x else "0")
    axes.set_xlabel(label, fontsize=SMALL, color=MUTED)
    return figure


def reach(rows: Sequence[PairedDifferences], margin: float | None) -> tuple[float, float]:
    """Return the ends of the axis: all there is to see, and some of both sides of zero."""
    ends = [0.0, margin or 0.0, -(margin or 0.0)]
    for row in rows:
        ends += [*row.differences, *(x for x in (row.low, row.high) if x is not None)]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    return min(low - 0.07 * span, -0.2 * span), max(high + 0.07 * span, 0.2 * span)


def stack(values: Sequence[float], width: float) -> npt.NDArray[np.int64]:
    """Return on which level above the line each dot lies, so that none hides another.

    Args:
        values: where the dots are.
        width: of a dot, in the same unit.
    """
    levels = np.zeros(len(values), dtype=np.int64)
    ends: list[float] = []
    for number in np.argsort(values, kind="stable"):
        free = next((i for i, end in enumerate(ends) if values[number] >= end - _TINY), len(ends))
        ends[free : free + 1] = [values[number] + width]
        levels[number] = free
    return levels


def _draw_zero(axes: Axes, place: int, row: PairedDifferences, margin: float | None) -> None:
    """Draw where no difference is, and the band of those too small to matter."""
    top, bottom = place + _SIDES + 0.13, place + 0.42
    if margin is not None:
        look = {"color": RULE, "alpha": 0.5, "linewidth": 0}
        mark(axes.fill_between([-margin, margin], top, bottom, **look), row.numbers, "margin")
    mark(axes.plot([0, 0], [top, bottom], color=MUTED, linewidth=1), row.numbers, "zero")


def _draw_sides(
    axes: Axes, place: int, row: PairedDifferences, higher_is_better: bool, longest: int
) -> None:
    """Say above the row who did better on which side of zero."""
    a, b = (row.a, row.a_number), (row.b, row.b_number)
    left, right = (a, b) if higher_is_better else (b, a)
    for (name, number), where, away in ((left, 0.0, 1), (right, 1.0, -1)):
        shown = shortened(name, longest)
        side = axes.annotate(
            f"\u2190 {shown} better" if away > 0 else f"{shown} better \u2192",
            (where, place + _SIDES),
            xytext=(11 * away, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="left" if away > 0 else "right",
            va="center",
            fontsize=SMALL,
            color=INK,
            parse_math=False,
        )
        mark(side, row.numbers, f"side-{number}")
        dot = axes.plot(
            [where],
            [place + _SIDES],
            marker="o",
            markersize=_DOT - 1.5,
            color=colour(number),
            transform=axes.get_yaxis_transform(),
            clip_on=False,
        )
        mark(dot, row.numbers, f"key-{number}")


def _draw_dots(
    axes: Axes, place: int, row: PairedDifferences, higher_is_better: bool, dot: float
) -> None:
    """Draw each seed; `dot` is how wide a dot is in the unit of the axis."""
    levels = stack(row.differences, 1.05 * dot)
    step = min(0.115, 0.26 / max(1, int(levels.max(initial=0))))
    seeds = row.seeds or [None] * len(row.differences)
    for value, level, seed in zip(row.differences, levels, seeds, strict=True):
        ahead = row.b_number if (value > 0) == higher_is_better else row.a_number
        dots = axes.plot(
            [value],
            [place + _DOTS - step * level],
            marker="o",
            markersize=_DOT,
            color=colour(ahead) if value else MUTED,
            markeredgecolor=PAPER,
            markeredgewidth=0.8,
            zorder=3,
        )
        if seed is not None:
            mark(dots, row.numbers, "dot", seed)


def _draw_interval(axes: Axes, place: int, row: PairedDifferences) -> None:
    """Draw the interval and the mean; dashes to an arrowhead where it has no bound."""
    if row.mean is None:
        return
    y = place + _INTERVAL
    low, high = axes.get_xlim()
    bounded = row.low is not None and row.high is not None
    ends = [low if row.low is None else row.low, high if row.high is None else row.high]
    drawn = axes.plot(
        ends,
        [y, y],
        color=INK if bounded else MUTED,
        linewidth=2 if bounded else 1.2,
        linestyle="-" if bounded else (0, (2, 2)),
        solid_capstyle="butt",
    )
    for end, bound, arrow in ((ends[0], row.low, "<"), (ends[1], row.high, ">")):
        tip = arrow if bound is None else "|"
        look = {"color": MUTED if bound is None else INK, "clip_on": False}
        drawn += axes.plot([end], [y], marker=tip, markersize=6, **look)
    mean = {"marker": "D", "markersize": 6, "markeredgecolor": PAPER, "zorder": 3}
    drawn += axes.plot([row.mean], [y], color=INK, **mean)
    mark(drawn, row.numbers, "interval")
