"""A model as a graph: a box a layer, a line wherever one layer reads another."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from versus.figures.layered import Place, lay_out
from versus.figures.style import INK, MUTED, NORMAL, PALETTE, PAPER, SMALL, new_figure

HEIGHT, GAP, MARGIN = 0.46, 0.3, 0.2  # inches

# What a layer does, as a colour of its box's edge.
_KINDS = ("convolution", "dense", "pooling", "normalization", "dropout", "joining")


@dataclass(frozen=True)
class Box:
    """One layer of a model.

    Attributes:
        name: unique in the model.
        title: what it is, as "Conv2D 16, 3x3, relu".
        detail: its output's shape and its parameters.
        kind: "convolution", "dense", "pooling", "normalization", "dropout", "joining" or "".
        frozen: its weights are not trained.
        reads: names of the boxes whose outputs it takes.
    """

    name: str
    title: str
    detail: str
    kind: str
    frozen: bool
    reads: tuple[str, ...]


def model_graph(boxes: Sequence[Box], title: str = "") -> Figure:
    """Draw the layers of a model from its inputs down to its outputs.

    Args:
        boxes: in an order in which each reads only earlier ones.
        title: above the drawing.
    """
    edges = list(dict.fromkeys((read, box.name) for box in boxes for read in box.reads))
    layout = lay_out([box.name for box in boxes], edges)
    every = [place for way in layout.ways.values() for place in way] + [*layout.places.values()]
    width = max(_width(box) for box in boxes) + 0.3
    left, right = min(p.x for p in every), max(p.x for p in every)
    layers = max(p.layer for p in every) + 1
    across = (right - left) * (width + 0.25) + width + 2 * MARGIN
    top = 0.35 if title else 0.0
    down = layers * (HEIGHT + GAP) - GAP + 2 * MARGIN + top
    figure = new_figure(across, down)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, across), ylim=(0, down))

    def point(place: Place) -> tuple[float, float]:
        x = MARGIN + width / 2 + (place.x - left) * (width + 0.25)
        return x, down - top - MARGIN - HEIGHT / 2 - place.layer * (HEIGHT + GAP)

    for edge in edges:
        axes.add_patch(_line([point(place) for place in layout.ways[edge]]))
    for box in boxes:
        _draw(axes, box, point(layout.places[box.name]), width)
    if title:
        axes.text(MARGIN, down - MARGIN, title, va="top", fontsize=NORMAL + 1, color=INK,
                  fontweight="bold", parse_math=False)  # fmt: skip
    return figure


def _draw(axes: object, box: Box, centre: tuple[float, float], width: float) -> None:
    x, y = centre
    colour = PALETTE[_KINDS.index(box.kind)] if box.kind else MUTED
    axes.add_patch(  # pyright: ignore
        FancyBboxPatch(
            (x - width / 2, y - HEIGHT / 2), width, HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.07", facecolor=PAPER, edgecolor=colour,
            linewidth=1.4, linestyle="--" if box.frozen else "-",
        )
    )  # fmt: skip
    text = {"ha": "center", "va": "center", "parse_math": False}
    detail = f"{box.detail}, frozen" if box.frozen else box.detail
    axes.text(x, y + 0.09, box.title, fontsize=NORMAL, color=INK, **text)  # pyright: ignore
    axes.text(x, y - 0.1, detail, fontsize=SMALL - 0.5, color=MUTED, **text)  # pyright: ignore


def _line(points: Sequence[tuple[float, float]]) -> PathPatch:
    """Return a smooth line from the bottom of the first box, past bends, to the top of the last."""
    (x, y), last = points[0], points[-1]
    vertices, codes = [(x, y - HEIGHT / 2)], [Path.MOVETO]
    stops: list[tuple[float, float]] = []
    for bend_x, bend_y in points[1:-1]:  # straight past the height of a row, curved between rows
        stops += [(bend_x, bend_y + HEIGHT / 2), (bend_x, bend_y - HEIGHT / 2)]
    for stop in [*stops, (last[0], last[1] + HEIGHT / 2)]:
        before = vertices[-1]
        middle = (before[1] + stop[1]) / 2
        vertices += [(before[0], middle), (stop[0], middle), stop]
        codes += [Path.CURVE4] * 3
    return PathPatch(
        Path(vertices, codes), facecolor="none", edgecolor=MUTED, linewidth=1.1, zorder=0
    )


def _width(box: Box) -> float:
    """Return the width of a box's text as drawn, in inches."""
    detail = f"{box.detail}, frozen" if box.frozen else box.detail
    sizes = ((box.title, NORMAL), (detail, SMALL - 0.5))
    return (
        max(
            TextPath((0, 0), text.replace("$", r"\$"), size=size).get_extents().width
            for text, size in sizes
        )
        / 72
    )
