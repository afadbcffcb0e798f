"""Every seed as a dot: what each run of each variant gave, and the mean with its spread."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from versus.figures.marks import mark
from versus.figures.paired_differences import stack
from versus.figures.style import INK, MUTED, PAPER, SMALL, colour, new_figure, quiet_axes, shortened

_ROW, _FRAME = 0.62, 0.55  # inches: one variant, and the axis with its label
_DOT, _POINTS = 7.0, 72.0  # of a dot in points, points an inch
_BELOW = 0.26  # of a row: where the mean lies under the dots
_LONGEST = 26  # letters of a name


@dataclass(frozen=True)
class SeedRow:
    """What one variant gave.

    Attributes:
        name: of the variant.
        number: its place in the study, from 0, which gives its colour.
        values: one a finished run.
        mean: of them; None where there is none.
        sd: sample standard deviation; None for fewer than two.
        seeds: of the runs, as `values` are; () where nobody asks which dot is whose.
    """

    name: str
    number: int
    values: tuple[float, ...]
    mean: float | None
    sd: float | None
    seeds: tuple[int, ...] = ()


def seed_dots(rows: Sequence[SeedRow], *, label: str, width: float = 7.2) -> Figure:
    """Draw one row a variant: a dot a seed, under them the mean and one standard deviation.

    Args:
        rows: the variants, at least one with a value.
        label: of the axis, with its unit.
        width: in inches.
    """
    figure = new_figure(width, _ROW * len(rows) + _FRAME)
    axes = quiet_axes(figure.add_subplot(), grid="x")
    every = [value for row in rows for value in row.values]
    span = max(every) - min(every)
    # Runs that all gave the same need some room about them, or the axis shows its rounding.
    room = 0.07 * span or 0.02 * abs(max(every)) or 1.0
    low, high = min(every) - room, max(every) + room
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.45, -0.62), yticks=[])
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, 1.05 * _DOT / _POINTS / width * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7 if width > 5 else 4))
    axes.set_xlabel(label, fontsize=SMALL, color=MUTED)
    return figure


def _draw_row(axes: Axes, place: int, row: SeedRow, dot: float) -> None:
    """Draw one variant; `dot` is how wide a dot is in the unit of the axis."""
    name = shortened(row.name, _LONGEST)
    title = axes.annotate(
        name, (0, place - 0.42), xycoords=("axes fraction", "data"), va="center", fontsize=SMALL,
        color=INK, parse_math=False,
    )  # fmt: skip
    title.set_in_layout(False)
    mark(title, [row.number], "name")
    levels = stack(row.values, dot)
    step = min(0.13, 0.3 / max(1, int(levels.max(initial=0))))
    seeds = row.seeds or [None] * len(row.values)
    for value, level, seed in zip(row.values, levels, seeds, strict=True):
        dots = axes.plot(
            [value], [place + 0.06 - step * level], marker="o", markersize=_DOT,
            color=colour(row.number), markeredgecolor=PAPER, markeredgewidth=0.8, zorder=3,
        )  # fmt: skip
        if seed is not None:
            mark(dots, [row.number], "dot", seed)
    if row.mean is None:
        return
    y = place + _BELOW
    if row.sd is not None:
        bar = axes.plot([row.mean - row.sd, row.mean + row.sd], [y, y], color=INK, linewidth=1.6)
        mark(bar, [row.number], "sd")
    mean = axes.plot([row.mean], [y], marker="D", markersize=5.5, color=INK, markeredgecolor=PAPER)
    mark(mean, [row.number], "mean")
