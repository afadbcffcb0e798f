"""A printed learning curve over what our runs would give: does it lie where they do?"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from versus.figures.style import INK, MUTED, NORMAL, PAPER, SMALL, colour, new_figure, quiet_axes

_LEAST = 1e-4
"""Where a logarithmic axis ends at the latest: the interval's lower end may lie at 0 or below."""


@dataclass(frozen=True)
class PrintedPoint:
    """One epoch of one line.

    Attributes:
        epoch: from 1.
        printed: the number a document prints.
        mean: of our runs.
        low, high: the interval for one more of them.
        inside: whether the printed number lies in it.
    """

    epoch: int
    printed: float
    mean: float
    low: float
    high: float
    inside: bool


def printed_curve(
    train: Sequence[PrintedPoint],
    validation: Sequence[PrintedPoint],
    quantity: str,
    width: float = 4.2,
) -> Figure:
    """Draw one quantity of train and of validation, on a logarithmic axis.

    Our mean is a line with its interval as a band; printed numbers are dots, filled outside it.

    Args:
        train: the epochs in order; may be empty.
        validation: the same.
        quantity: what it is; small numbers are good.
        width: in inches.
    """
    figure = new_figure(width, 0.72 * width)
    axes = quiet_axes(figure.add_subplot())
    axes.set_yscale("log")
    for number, (name, points) in enumerate((("train", train), ("validation", validation))):
        if points:
            _draw(axes, points, number, name)
    _scale(axes, [*train, *validation])
    axes.set_title(quantity, loc="left", fontsize=NORMAL, color=INK, weight="bold")
    axes.set_xlabel("epoch", fontsize=SMALL, color=MUTED)
    axes.legend(frameon=False, fontsize=SMALL, labelcolor=MUTED, loc="upper right")
    return figure


def _draw(axes: Axes, points: Sequence[PrintedPoint], number: int, name: str) -> None:
    epochs = [point.epoch for point in points]
    ink = colour(number)
    low, mean, high = zip(*((_on(p.low), _on(p.mean), _on(p.high)) for p in points), strict=True)
    axes.fill_between(epochs, low, high, color=ink, alpha=0.14, linewidth=0)
    axes.plot(epochs, mean, color=ink, linewidth=1.6, label=f"ours, {name}")
    for inside in (True, False):
        chosen = [point for point in points if point.inside == inside]
        axes.plot(
            [p.epoch for p in chosen],
            [_on(p.printed) for p in chosen],
            linestyle="none",
            marker="o",
            markersize=4.6 if inside else 6.0,
            markerfacecolor=PAPER if inside else ink,
            markeredgecolor=ink if inside else INK,
            markeredgewidth=1.1,
            label=f"printed, {name}" if inside else None,
            zorder=3,
        )


def _on(value: float) -> float:
    """Return a value, or where the axis ends."""
    return max(value, _LEAST)


def _scale(axes: Axes, points: Sequence[PrintedPoint]) -> None:
    """Give the axis the room of what is printed and of the means: bands may leave it."""
    values = [_on(v) for p in points for v in (p.printed, p.mean)]
    if values:
        axes.set_ylim(min(values) / 1.5, max(values) * 1.5)
    axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
