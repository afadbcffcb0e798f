"""Names beside points: each clear of the others, of the points, and of what is drawn there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from versus.figures.marks import mark
from versus.figures.style import INK, MUTED, SMALL

POINTS_AN_INCH = 72
# Between a point and its name; those that are further away get a line to it. In points.
NEAR, DISTANCES = 6.0, (6.0, 14.0, 24.0, 36.0, 50.0, 66.0, 84.0)
# Where a name may stand: which way from its point, the better places first. Beside it, a name
# would lie on the bar of its own spread.
PLACES = ((1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0))


class Box(NamedTuple):
    """A rectangle, in points from the figure's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def shared(self, other: "Box") -> float:
        """Return the area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)

    def outside(self, other: "Box") -> float:
        """Return the area that `other` does not cover."""
        whole = (self.right - self.left) * (self.top - self.bottom)
        return whole - self.shared(other)


class Label(NamedTuple):
    """A name, where its point is in the units of the axes, and the place of its variant."""

    text: str
    x: float
    y: float
    number: int | None = None


def write_labels(axes: Axes, labels: Sequence[Label], taken: Sequence[Box]) -> list[Box]:
    """Write each label near its point, and return where; the axes must not change afterwards.

    A label takes the nearest place that is free; where none is, the one that covers least.

    Args:
        axes: with their limits, in a figure that has been laid out.
        labels: the first has the first choice.
        taken: what no label may cover; see `box_on`.
    """
    frame = Box(*_points(axes, axes.bbox.extents))
    middle = (frame.left + frame.right) / 2
    there = list(taken)
    found: list[Box] = []
    for label in labels:
        x, y = _points(axes, axes.transData.transform((label.x, label.y)))
        width, height = _size(axes, label.text)
        inwards = -1 if x > middle else 1
        choices = [
            (_place(x, y, width, height, inwards * right, up, distance), distance)
            for distance in DISTANCES
            for right, up in PLACES
        ]
        box, distance = min(
            choices,
            key=lambda choice: sum(map(choice[0].shared, there)) + choice[0].outside(frame),
        )
        _write(axes, label, box, (x, y), line=distance > NEAR)
        there.append(box)
        found.append(box)
    return found


def box_on(axes: Axes, low: tuple[float, float], high: tuple[float, float], around: float) -> Box:
    """Return the Box of a rectangle in the units of the axes, with so many points around it."""
    left, bottom = _points(axes, axes.transData.transform(low))
    right, top = _points(axes, axes.transData.transform(high))
    return Box(left - around, bottom - around, right + around, top + around)


def _place(
    x: float, y: float, width: float, height: float, right: int, up: int, distance: float
) -> Box:
    """Return the Box of a text, seen from its point: to the right by 1, 0 or -1, up likewise."""
    # In a corner of the point it is as near as beside it.
    away = distance * (0.7 if right and up else 1.0)
    left = x + right * away + width * (right - 1) / 2
    bottom = y + up * away + height * (up - 1) / 2
    return Box(left, bottom, left + width, bottom + height)


def _write(axes: Axes, label: Label, box: Box, point: tuple[float, float], *, line: bool) -> None:
    leader = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 4}
    text = axes.annotate(
        label.text, (label.x, label.y), xytext=(box.left - point[0], box.bottom - point[1]),
        textcoords="offset points", ha="left", va="bottom", fontsize=SMALL, color=INK,
        parse_math=False, arrowprops=leader if line else None, zorder=4,
    )  # fmt: skip
    if label.number is not None:
        mark([part for part in (text, text.arrow_patch) if part], [label.number], "name")


def _size(axes: Axes, text: str) -> tuple[float, float]:
    """Return width and height of a text in points."""
    probe = axes.text(0, 0, text, fontsize=SMALL, parse_math=False)
    extent = probe.get_window_extent()
    probe.remove()
    left, bottom, right, top = _points(axes, extent.extents)
    return right - left, top - bottom


def _points(axes: Axes, pixels: Any) -> list[float]:
    figure: Any = axes.get_figure(root=True)
    return [float(pixel) * POINTS_AN_INCH / figure.dpi for pixel in pixels]
