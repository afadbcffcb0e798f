"""Cost against quality: each variant as a point with its spread, and the front that none beats."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from versus.figures.labels import Label, box_on, write_labels
from versus.figures.marks import mark
from versus.figures.style import (
    MUTED,
    PAPER,
    SMALL,
    any_letters,
    colour,
    new_figure,
    quiet_axes,
    shortened,
)

_LONGEST = 22  # letters of a name
# Room around a point and around the bar of a spread that no name may take, in points.
DOT, BAR = 4.5, 1.0


@dataclass(frozen=True)
class CostPoint:
    """What one variant costs and gives.

    Attributes:
        name: of the variant.
        number: its place in the study, from 0, which gives its colour.
        cost: above 0.
        cost_low, cost_high: its spread; the cost itself where it has none.
        quality, quality_low, quality_high: the same of what it gives.
        on_front: whether no other variant is as cheap and better, or as good and cheaper.
    """

    name: str
    number: int
    cost: float
    cost_low: float
    cost_high: float
    quality: float
    quality_low: float
    quality_high: float
    on_front: bool


def pareto(
    points: Sequence[CostPoint],
    *,
    cost: str,
    quality: str,
    higher_is_better: bool = True,
    width: float = 4.2,
) -> Figure:
    """Draw quality against cost on a logarithmic axis, the front as steps.

    Args:
        points: the variants, at least one.
        cost: label of the axis, with its unit.
        quality: the same.
        higher_is_better: of the quality.
        width: in inches.
    """
    figure = new_figure(width, 0.72 * width)
    axes = quiet_axes(figure.add_subplot(), grid="both")
    axes.set_xscale("log")
    _limits(axes, points)
    corners = _draw_front(axes, [p for p in points if p.on_front], higher_is_better)
    for point in points:
        look = {"color": colour(point.number), "linewidth": 1.3, "alpha": 0.75}
        drawn = axes.plot([point.cost] * 2, [point.quality_low, point.quality_high], **look)
        drawn += axes.plot([point.cost_low, point.cost_high], [point.quality] * 2, **look)
        face = colour(point.number) if point.on_front else PAPER
        drawn += axes.plot(
            [point.cost], [point.quality], marker="o", markersize=7, color=colour(point.number),
            markerfacecolor=face, markeredgewidth=1.6, zorder=3,
        )  # fmt: skip
        mark(drawn, [point.number], "point")
    axes.set_title(quality, loc="left", fontsize=SMALL, color=MUTED)
    axes.set_xlabel(cost, fontsize=SMALL, color=MUTED)
    left, right = axes.get_xlim()
    # Within two decades the powers of ten alone are too few numbers to read by.
    steps = (1, 2, 5) if right / left < 100 else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.tick_params(which="minor", length=0)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda x, _: short(x))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6))
    with any_letters():
        _name(axes, points, corners)
    return figure


def short(number: float) -> str:
    """Return a number as an axis says it: 0.1, 10, 20k, 3M."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{unit}"
    return f"{number:g}"


def _limits(axes: Axes, points: Sequence[CostPoint]) -> None:
    """Set both axes so that every spread and every name has room, over a decade at least."""
    low, high = min(p.cost_low for p in points), max(p.cost_high for p in points)
    # A decade at least, so that an axis always has two numbers.
    room = max(1.6, (10 * low / high) ** 0.5)
    axes.set_xlim(low / room, high * room)
    bottom, top = min(p.quality_low for p in points), max(p.quality_high for p in points)
    space = 0.14 * (top - bottom) or 0.05 * abs(top) or 1.0
    axes.set_ylim(bottom - space, top + space)


def _draw_front(
    axes: Axes, front: Sequence[CostPoint], higher_is_better: bool
) -> list[tuple[float, float]]:
    """Draw what is the best for its cost as steps, on to the right edge; return their corners."""
    steps = sorted(front, key=lambda point: point.cost)
    if not steps:
        return []
    bottom, top = axes.get_ylim()
    start = bottom if higher_is_better else top
    costs = [steps[0].cost, *(p.cost for p in steps), axes.get_xlim()[1]]
    heights = [start, *(p.quality for p in steps), steps[-1].quality]
    axes.plot(
        costs, heights, drawstyle="steps-post", color=MUTED, linewidth=1.1,
        linestyle=(0, (4, 2.5)), zorder=1,
    )  # fmt: skip
    ends = zip(costs, costs[1:], heights, strict=False)
    return [corner for here, there, height in ends for corner in ((here, height), (there, height))]


def _name(axes: Axes, points: Sequence[CostPoint], corners: Sequence[tuple[float, float]]) -> None:
    """Write each name near its point, clear of the others, of points, spreads and the front."""
    # The axes get their place now, so that what is free now stays free.
    figure: Any = axes.get_figure(root=True)
    figure.draw_without_rendering()
    # Each piece is level or upright, so the smaller end is its lower left corner.
    taken = [box_on(axes, min(a, b), max(a, b), BAR) for a, b in pairwise(corners)]
    for p in points:
        taken.append(box_on(axes, (p.cost, p.quality), (p.cost, p.quality), DOT))
        taken.append(box_on(axes, (p.cost, p.quality_low), (p.cost, p.quality_high), BAR))
        taken.append(box_on(axes, (p.cost_low, p.quality), (p.cost_high, p.quality), BAR))
    labels = [
        Label(shortened(point.name, _LONGEST), point.cost, point.quality, point.number)
        for point in sorted(points, key=lambda p: p.quality)
    ]
    write_labels(axes, labels, taken)
