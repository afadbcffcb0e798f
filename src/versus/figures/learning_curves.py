"""Learning curves: loss and accuracy against the epoch, of training and of validation."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from versus.figures.marks import mark
from versus.figures.style import (
    INK,
    MUTED,
    NORMAL,
    SMALL,
    colour,
    new_figure,
    quiet_axes,
    shortened,
)
from versus.figures.thinning import thinned, thinned_band

Curves = Mapping[str, Sequence[pd.DataFrame]]
"""By variant, one table a seed: index `epoch` from 1, columns as Keras's History calls them."""

Quantity = Literal["loss", "accuracy"]

MOST_NAMES = 12
"""Variants whose lines are named: more names than that are higher than the axes."""

# Height that a label takes, as a share of the axes, and how far labels may leave them.
_LABEL, _OVERHANG = 0.075, 0.04
_LONGEST = 22  # letters of a name


def learning_curves(curves: Curves) -> Figure:
    """Draw loss and accuracy side by side.

    Each variant has one colour: validation solid, training dashed; every seed faint, the mean over
    seeds strong.

    Args:
        curves: by variant, one table a seed, with an index `epoch` from 1 and the columns `loss`
            and `accuracy`, perhaps `val_loss` and `val_accuracy`. The name "" draws a model that
            needs none.
    """
    figure = new_figure(9.6, 3.8)
    for axes, quantity in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        draw_curves(axes, curves, quantity)
    figure.legend(
        handles=_key(curves),
        loc="outside upper right",
        ncols=3,
        frameon=False,
        fontsize=SMALL,
        labelcolor=MUTED,
    )
    return figure


def learning_curve(
    curves: Curves,
    quantity: Quantity,
    width: float = 4.2,
    onsets: Mapping[str, int] | None = None,
) -> Figure:
    """Draw loss or accuracy alone, without a key to the lines: for pages that hold their own.

    Args:
        curves: as `learning_curves` takes them.
        quantity: which of the two.
        width: in inches.
        onsets: by variant, the epoch from which it overfits; marked on its validation line.
    """
    figure = new_figure(width, 0.7 * width)
    axes = figure.add_subplot()
    draw_curves(axes, curves, quantity)
    _mark_onsets(axes, curves, quantity, onsets or {})
    return figure


def curve_band(frames: Sequence[pd.DataFrame], key: str) -> pd.DataFrame:
    """Return the least and the most over seeds, columns `low` and `high`, where all seeds are."""
    columns = list(_columns(frames, key))
    if not columns:
        return pd.DataFrame(columns=["low", "high"], dtype=float)
    every = pd.concat(columns, axis=1, join="inner")
    return pd.DataFrame({"low": every.min(axis=1), "high": every.max(axis=1)})


def draw_curves(axes: Axes, curves: Curves, quantity: Quantity) -> None:
    """Draw one quantity of every variant on `axes`, and name each line at its end."""
    quiet_axes(axes)
    ends: dict[str, float] = {}
    for number, (name, frames) in enumerate(curves.items()):
        for key, style, width in ((quantity, (0, (3, 2)), 1.2), (f"val_{quantity}", "-", 2.0)):
            mean = mean_curve(frames, key)
            look = {"color": colour(number), "linestyle": style, "solid_capstyle": "round"}
            if len(frames) > 1:
                band = thinned_band(curve_band(frames, key))
                shade = {"color": colour(number), "alpha": 0.13, "linewidth": 0}
                area = axes.fill_between(band.index, band["low"], band["high"], **shade)
                mark(area, [number], f"{key}-band")
                for place, curve in enumerate(map(thinned, _columns(frames, key))):
                    # A line of one epoch has no length.
                    dot = {"marker": "o" if len(curve) == 1 else "", "markersize": 3}
                    thin = {**look, **dot, "linewidth": 0.35 * width, "alpha": 0.4}
                    lines = axes.plot(curve.index, curve, **thin)
                    # Of the tables' seeds only their order is known here.
                    mark(lines, [number], key, place)
            marker = "o" if len(mean) == 1 else ""
            look |= {"linewidth": width, "marker": marker, "markersize": 4}
            shown = thinned(mean)
            lines = axes.plot(shown.index, shown, **look)
            mark(lines, [number], f"{key}-mean")
            finite = mean.to_numpy(dtype=np.float64)
            finite = finite[np.isfinite(finite)]
            if len(finite):
                ends[name] = float(finite[-1])
    axes.set_title(quantity.capitalize(), loc="left", fontsize=NORMAL, color=INK, weight="bold")
    axes.set_xlabel("epoch", fontsize=SMALL, color=MUTED)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    if quantity == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.autoscale_view()
    if quantity == "loss" and ends:
        axes.set_ylim(bottom=0)
    if len(ends) <= MOST_NAMES:
        _name_ends(axes, {name: ends[name] for name in ends if name}, list(curves))


def _mark_onsets(axes: Axes, curves: Curves, quantity: Quantity, onsets: Mapping[str, int]) -> None:
    """Ring the mean validation curve where it is best, of each variant that overfits later."""
    for number, (name, frames) in enumerate(curves.items()):
        mean = mean_curve(frames, f"val_{quantity}")
        if name in onsets and onsets[name] in mean.index:
            rings = axes.plot(
                [onsets[name]], [float(mean.loc[onsets[name]])], marker="o", markersize=8,
                markerfacecolor="none", markeredgecolor=colour(number), markeredgewidth=1.6,
                zorder=4,
            )  # fmt: skip
            mark(rings, [number], f"{quantity}-onset")


def mean_curve(frames: Sequence[pd.DataFrame], key: str) -> pd.Series:
    """Return the mean over seeds of one column, for the epochs that all of them reached.

    Beyond those a mean would jump each time a seed stops early.
    """
    columns = list(_columns(frames, key))
    if not columns:
        return pd.Series(dtype=float)
    return pd.concat(columns, axis=1, join="inner").mean(axis=1, skipna=False)


def _columns(frames: Sequence[pd.DataFrame], key: str) -> Iterator[pd.Series]:
    return (pd.Series(frame[key]) for frame in frames if key in frame)


def _key(curves: Curves) -> list[Line2D]:
    seeds = max((len(frames) for frames in curves.values()), default=0)
    return [
        Line2D([], [], color=MUTED, linewidth=2.0, label="validation"),
        Line2D([], [], color=MUTED, linewidth=1.2, linestyle=(0, (3, 2)), label="training"),
        *([Line2D([], [], color=MUTED, linewidth=0.6, label="one seed")] if seeds > 1 else []),
    ]


def _name_ends(axes: Axes, ends: Mapping[str, float], order: list[str]) -> None:
    """Write each name beside the end of its line, apart from each other, where axes move too."""
    labels = []
    for name in ends:
        place = {"transform": axes.transAxes, "clip_on": False}
        shown = {"marker": "o", "markersize": 4.5, "color": colour(order.index(name))}
        dot = axes.add_artist(Line2D([1.02], [0], **shown, **place))
        label = axes.annotate(
            shortened(name, _LONGEST),
            (1.045, 0),
            xycoords="axes fraction",
            va="center",
            fontsize=SMALL,
            color=INK,
            parse_math=False,
        )
        mark([dot, label], [order.index(name)], "end")
        labels.append((dot, label))

    def settle(axes: Axes) -> None:
        to_fraction = axes.transData + axes.transAxes.inverted()
        heights = [float(to_fraction.transform((0, value))[1]) for value in ends.values()]
        for (dot, label), height in zip(labels, spread(heights, _LABEL), strict=True):
            dot.set_ydata([height])
            label.xy = (1.045, height)
            label.set_y(height)

    settle(axes)
    axes.callbacks.connect("ylim_changed", settle)


def spread(heights: Sequence[float], gap: float) -> npt.NDArray[np.float64]:
    """Return `heights` moved as little as keeps them `gap` apart, in their order, about 0 to 1."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=np.float64)
    for below, above in itertools.pairwise(order):
        placed[above] = max(placed[above], placed[below] + gap)
    if len(order):
        placed[order[-1]] = min(placed[order[-1]], max(1 + _OVERHANG, gap * (len(order) - 1)))
    for above, below in itertools.pairwise(order[::-1]):
        placed[below] = min(placed[below], placed[above] - gap)
    return placed
