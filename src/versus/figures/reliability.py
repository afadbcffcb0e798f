"""Reliability: how often a model is wrong against how often it expects to be, in bins.

Both are shown as error rates on logarithmic axes: with equally many pictures in each bin, good
models have most of theirs at a confidence above 99 %, where a plain diagram is one dot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from versus.figures.marks import mark
from versus.figures.style import INK, MUTED, PAPER, SMALL, colour, new_figure, quiet_axes

_LEAST = 1e-6


@dataclass(frozen=True)
class ReliabilityBin:
    """Pictures of similar confidence.

    Attributes:
        expected: 1 less their mean confidence.
        observed: the share of them that is wrong.
        low, high: interval of `observed`.
    """

    expected: float
    observed: float
    low: float
    high: float


def reliability(
    variants: Mapping[str, Sequence[ReliabilityBin]], *, floor: float, width: float = 4.2
) -> Figure:
    """Draw the bins of every variant, and the line on which a calibrated one would lie.

    Args:
        variants: bins by name, in the order of the study, which gives their colours.
        floor: observed error rates below this are drawn at it, hollow: too few pictures show
            them. Expected ones are known however small, and drawn down to 0.0001 %.
        width: in inches.
    """
    figure = new_figure(width, 0.86 * width)
    axes = quiet_axes(figure.add_subplot(), grid="both")
    edge = floor / 1.6
    least = max(_LEAST, min([floor, *(b.expected for bins in variants.values() for b in bins)]))
    axes.set(xscale="log", yscale="log", xlim=(least / 1.6, 1), ylim=(edge, 1))
    axes.plot([edge, 1], [edge, 1], color=MUTED, linewidth=1, zorder=1)
    for place, words, side in (
        ((0.04, 0.95), "too sure", "left"),
        ((0.96, 0.05), "not sure enough", "right"),
    ):
        put: dict[str, Any] = {"ha": side, "va": "center", "fontsize": SMALL, "color": MUTED}
        axes.annotate(words, place, xycoords="axes fraction", **put)
    for number, bins in enumerate(variants.values()):
        shown = [(max(b.expected, least), max(b.observed, floor)) for b in bins]
        look: dict[str, Any] = {"color": colour(number)}
        # Where nothing wrong was seen there is no height to lead a line to.
        seen = [(x, y) for (x, y), b in zip(shown, bins, strict=True) if b.observed >= floor]
        xs, ys = [x for x, _ in seen], [y for _, y in seen]
        drawn = axes.plot(xs, ys, linewidth=1.2, alpha=0.55, zorder=2, **look)
        for (x, y), each in zip(shown, bins, strict=True):
            ends = [max(each.low, edge), each.high]
            drawn += axes.plot([x, x], ends, linewidth=0.9, alpha=0.5, **look)
            hollow = each.observed < floor
            drawn += axes.plot(
                [x], [y], marker="o", markersize=4.5, markeredgewidth=1.2,
                markerfacecolor=PAPER if hollow else look["color"], zorder=3, **look,
            )  # fmt: skip
        mark(drawn, [number], "bins")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=6))
        axis.set_minor_formatter(NullFormatter())
        axis.set_major_formatter(lambda x, _: f"{100 * x:g} %")
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("expected to be wrong: 1 less the confidence", fontsize=SMALL, color=MUTED)
    axes.set_title("Seen to be wrong", loc="left", fontsize=SMALL, color=INK)
    return figure
