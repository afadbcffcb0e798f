"""What padding and stride do: where the windows of a convolution or a pooling stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from versus.figures.style import INK, MUTED, NORMAL, PALETTE, PAPER, RULE, SMALL, new_figure

SIDE, GAP, HEAD, NAMES = 2.5, 0.6, 0.62, 0.3  # inches
FIRST, NEXT, LAST = PALETTE[0], PALETTE[1], PALETTE[2]


@dataclass(frozen=True)
class Windows:
    """The windows along one side of a picture.

    Attributes:
        size: pixels.
        width: of a window, gaps of a dilation included.
        before, after: how many pixels are padded.
        starts: first place of each window, counted from the first pixel; negative in the padding.
    """

    size: int
    width: int
    before: int
    after: int
    starts: tuple[int, ...]

    @property
    def unread(self) -> int:
        """How many pixels, padding aside, no window reaches at the end."""
        return max(0, self.size - (self.starts[-1] + self.width)) if self.starts else self.size


def windows(
    size: int, kernel: int, stride: int = 1, dilation: int = 1, *, same: bool = False
) -> Windows:
    """Return where windows stand along a side, as Keras places them.

    Args:
        size: pixels of the side.
        kernel: weights of the window along it.
        stride: pixels from one window to the next.
        dilation: pixels from one weight to the next.
        same: pad so that one window stands at each `stride`th pixel; the odd pixel comes last.
    """
    width = (kernel - 1) * dilation + 1
    if not same:
        count = max(0, (size - width) // stride + 1)
        return Windows(size, width, 0, 0, tuple(n * stride for n in range(count)))
    count = -(-size // stride)
    padded = max(0, (count - 1) * stride + width - size)
    before = padded // 2
    starts = tuple(n * stride - before for n in range(count))
    return Windows(size, width, before, padded - before, starts)


@dataclass(frozen=True)
class WindowedLayer:
    """A layer that reads windows.

    Attributes:
        title: what it is.
        rows, columns: its windows from top to bottom, and from left to right.
    """

    title: str
    rows: Windows
    columns: Windows


def window_figure(layers: Sequence[WindowedLayer]) -> Figure:
    """Draw each layer's picture with its padding, three windows, and what comes of them.

    Args:
        layers: at least one, of at least one window each.

    Returns:
        A row a layer, left what it reads, right what it gives; the first
        window, the next one across and the last, and the pixels they become, in one colour each.
        Padding is grey, what no window reaches is hatched.
    """
    height = len(layers) * (SIDE + HEAD) + NAMES
    width = 2 * SIDE + GAP + 2 * NAMES
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    for number, layer in enumerate(layers):
        top = height - number * (SIDE + HEAD) - HEAD
        text = {"fontsize": SMALL, "color": MUTED, "parse_math": False}
        figure.text(NAMES / width, (top + 0.34) / height, layer.title, va="bottom",
                    fontsize=NORMAL, color=INK, fontweight="bold", parse_math=False)  # fmt: skip
        figure.text(NAMES / width, (top + 0.3) / height, described(layer), va="top", **text)
        places = (NAMES, NAMES + SIDE + GAP)
        left, right = (
            figure.add_axes((at / width, (top - SIDE) / height, SIDE / width, SIDE / height))
            for at in places
        )
        _input(left, layer)
        _output(right, layer)
        # One scale for both, so that the picture is seen to shrink.
        right.set(xlim=left.get_xlim(), ylim=left.get_ylim())
        figure.text((NAMES + SIDE + GAP / 2) / width, (top - 0.25) / height, "\u2192",
                    ha="center", fontsize=2 * NORMAL, color=MUTED)  # fmt: skip
    return figure


def described(layer: WindowedLayer) -> str:
    """Return sizes, padding and what is left out, in words."""
    rows, columns = layer.rows, layer.columns
    said = f"{rows.size} x {columns.size} becomes {len(rows.starts)} x {len(columns.starts)}"
    around = (rows.before, rows.after, columns.before, columns.after)
    if any(around):
        one = len(set(around)) == 1
        padding = str(around[0]) if one else "{} above, {} below, {} left, {} right".format(*around)
        said += f"; padded by {padding}"
    left_out = [
        f"{word}" if count == 1 else f"{count} {word}s"
        for count, word in ((rows.unread, "row"), (columns.unread, "column"))
        if count
    ]
    return f"{said}; last {' and '.join(left_out)} not read" if left_out else said


def _shown(layer: WindowedLayer) -> list[tuple[int, int, str]]:
    """Return row, column and colour of the windows that are drawn, the first one last."""
    rows, columns = len(layer.rows.starts), len(layer.columns.starts)
    found = {(rows - 1, columns - 1): LAST, (0, min(1, columns - 1)): NEXT, (0, 0): FIRST}
    return [(*place, colour) for place, colour in found.items()]


def _input(axes: Axes, layer: WindowedLayer) -> None:
    rows, columns = layer.rows, layer.columns
    _grid(
        axes,
        (-rows.before, rows.size + rows.after),
        (-columns.before, columns.size + columns.after),
    )
    whole = (columns.size + columns.before + columns.after, rows.size + rows.before + rows.after)
    padding = _box(-columns.before, -rows.before, *whole, facecolor=f"{MUTED}22", edgecolor="none")
    axes.add_patch(padding)
    axes.add_patch(_box(0, 0, columns.size, rows.size, facecolor=PAPER, edgecolor="none"))
    frame = {"facecolor": "none", "edgecolor": INK, "lw": 1.2, "zorder": 1.8}
    axes.add_patch(_box(0, 0, columns.size, rows.size, **frame))
    for side, of in (("y", rows), ("x", columns)):
        if of.unread:
            start = of.size - of.unread
            box = (
                (start, 0, of.unread, rows.size)
                if side == "x"
                else (0, start, columns.size, of.unread)
            )
            axes.add_patch(_box(*box, facecolor="none", edgecolor=MUTED, hatch="////", lw=0))
    for row, column, colour in _shown(layer):
        box = columns.starts[column], rows.starts[row], columns.width, rows.width
        axes.add_patch(_box(*box, facecolor=f"{colour}33", edgecolor=colour, lw=1.6, zorder=2))


def _output(axes: Axes, layer: WindowedLayer) -> None:
    _grid(axes, (0, len(layer.rows.starts)), (0, len(layer.columns.starts)))
    for row, column, colour in _shown(layer):
        axes.add_patch(_box(column, row, 1, 1, facecolor=colour, edgecolor=PAPER, lw=0.5))


def _box(x: float, y: float, width: float, height: float, **style: object) -> Rectangle:
    return Rectangle((x, y), width, height, **style)  # pyright: ignore


def _grid(axes: Axes, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Draw thin lines between pixels, and let both sides have one scale."""
    lines = [((x, rows[0]), (x, rows[1])) for x in range(columns[0], columns[1] + 1)]
    lines += [((columns[0], y), (columns[1], y)) for y in range(rows[0], rows[1] + 1)]
    axes.add_collection(LineCollection(lines, colors=RULE, linewidths=0.6, zorder=1.2))
    edge = 0.02 * max(rows[1] - rows[0], columns[1] - columns[0])
    axes.set(xlim=(columns[0] - edge, columns[1] + edge), ylim=(rows[1] + edge, rows[0] - edge))
    axes.set_aspect("equal", anchor="NW")
    axes.set_axis_off()
