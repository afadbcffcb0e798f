"""The row of a run under way: which columns fit, and what stands in each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text

from versus.figures.sparkline import ASCII_LEVELS, BLOCKS
from versus.studies.watching.duration import ago, clock
from versus.studies.watching.status import RunStatus

GAP = 2
NAME_WIDTHS = (12, 28)
# A process that lives and says nothing for so long is shown to be silent; in seconds.
SILENT = 60.0


@dataclass(frozen=True)
class Signs:
    """What lines and marks are drawn with, where the terminal has them, and where it has ASCII."""

    done: str = "━"
    open: str = "─"
    good: str = "✓"
    bad: str = "✗"
    dot: str = "·"
    cut: str = "…"
    levels: str = BLOCKS


UNICODE = Signs()
ASCII = Signs("#", "-", "+", "x", ",", "~", ASCII_LEVELS)


@dataclass(frozen=True)
class Column:
    """One column of the table of runs.

    Attributes:
        labels: its heading, long and short.
        width: that its cells need.
        cell: what stands there for a run.
        keep: how much it matters: where there is no room, the least go first.
    """

    labels: tuple[str, str]
    width: int
    cell: Callable[[RunStatus], str]
    keep: int

    def span(self, *, wide: bool) -> int:
        """Return how many characters the column takes, without the gap."""
        return max(self.width, len(self.labels[0 if wide else 1]))


def _epoch(run: RunStatus) -> str:
    beat = run.progress
    return "" if beat is None else beat.place


def decimals(number: float | None) -> str:
    """Return a loss or a share in few characters; "" for None."""
    if number is None:
        return ""
    return f"{number:.4f}" if abs(number) < 100 else f"{number:.3g}"


def _speed(run: RunStatus) -> str:
    speed = run.progress and run.progress.pictures_per_second
    return "" if not speed else f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"


def _left(run: RunStatus) -> str:
    beat = run.progress
    return "" if beat is None else "silent" if _silent(run) else clock(beat.seconds_left)


def _silent(run: RunStatus) -> bool:
    """Whether a process has said nothing for so long that its numbers may mean nothing."""
    return run.worker is not None and run.worker.silent_seconds > SILENT


def _process(run: RunStatus) -> str:
    worker = run.worker
    if worker is None:
        return ""
    return f"{worker.pid}" if worker.alive else f"{worker.pid} on {worker.host}"


COLUMNS = (
    Column(("epoch", "epoch"), 7, _epoch, 9),
    Column(("loss", "loss"), 6, lambda r: decimals(r.progress and r.progress.loss), 5),
    Column(("accuracy", "acc."), 6, lambda r: decimals(r.progress and r.progress.accuracy), 7),
    Column(("val. acc.", "val."), 6, lambda r: decimals(r.progress and r.progress.val_accuracy), 4),
    Column(("pictures/s", "pict./s"), 7, _speed, 6),
    Column(("left", "left"), 7, _left, 8),
)
WHO = (
    Column(("process", "process"), 7, _process, 3),
    Column(
        ("updated", "updated"), 9, lambda r: ago(r.worker.silent_seconds) if r.worker else "", 2
    ),
)
BAR = 1  # how much the bar matters, see Column.keep


class Layout:
    """Which columns fit into a width, beside the runs' names."""

    def __init__(self, names: Sequence[str], width: int, signs: Signs, *, who: bool) -> None:
        """Choose.

        Args:
            names: of the runs that are shown.
            width: of the terminal.
            signs: to draw with.
            who: whether to say which process trains a run.
        """
        self.signs = signs
        columns = [*COLUMNS, *(WHO if who else ())]
        longest = max([len(name) for name in names], default=0)
        wanted = min(max(longest, NAME_WIDTHS[0]), NAME_WIDTHS[1], max(8, width // 4))
        self.wide, self.bar = True, 16

        def needed() -> int:
            bar = GAP + self.bar if self.bar else 0
            return wanted + bar + sum(GAP + c.span(wide=self.wide) for c in columns)

        if needed() > width:
            self.wide, self.bar = False, 8
        if needed() > width and who:
            self.bar = 0
        while needed() > width and columns:
            least = min(columns, key=lambda column: column.keep)
            if self.bar and least.keep > BAR:
                self.bar = 0
            else:
                columns.remove(least)
        self.name_width = wanted + min(max(0, longest - wanted), max(0, width - needed()))
        if self.bar:
            self.bar += min(24, max(0, width - needed() - self.name_width + wanted))
        self.columns = columns

    def heading(self) -> Text:
        """Return the line above the rows."""
        cells = [
            c.labels[0 if self.wide else 1].rjust(c.span(wide=self.wide)) for c in self.columns
        ]
        first = "run".ljust(self.name_width)
        return Text((" " * GAP).join([first, *self._bars(" " * self.bar), *cells]), style="dim")

    def row(self, run: RunStatus) -> Text:
        """Return the line of a run."""
        line = Text(fit_name(run, self.name_width, self.signs).ljust(self.name_width))
        beat = run.progress
        if self.bar:
            done = 0.0 if beat is None else 1.0 if beat.stage == "testing" else beat.done
            line.append(" " * GAP).append_text(bar(done, self.bar, self.signs))
        columns = self.columns
        if beat is not None and beat.stage in ("preparing", "testing"):
            # There are no numbers then: the word takes their place.
            instead = [column for column in columns if column not in WHO]
            columns = [column for column in columns if column in WHO]
            room = sum(GAP + column.span(wide=self.wide) for column in instead)
            word = Text().append(beat.stage, style="dim")
            word.append(", silent" if _silent(run) else "", style="yellow")
            word.pad_right(max(0, room - GAP - len(word)))
            line.append(" " * GAP).append_text(word)
        for column in columns:
            text = column.cell(run).rjust(column.span(wide=self.wide))
            line.append(" " * GAP).append(text, style=self._style(column, run))
        return line

    def _bars(self, text: str) -> list[str]:
        return [text] if self.bar else []

    def _style(self, column: Column, run: RunStatus) -> str:
        if column.labels[0] in ("left", "updated") and _silent(run):
            return "yellow"
        return "bold" if column.labels[0] == "accuracy" else ""


def bar(done: float, width: int, signs: Signs, style: str = "cyan") -> Text:
    """Return a bar that can be read without colours."""
    full = min(width, int(done * width + 1e-9))
    drawn = Text().append(signs.done * full, style=style)
    return drawn.append(signs.open * (width - full), style="dim")


def fit_name(run: RunStatus, width: int, signs: Signs) -> str:
    """Return VARIANT/SEED in at most `width` characters; where it is cut, the seed stays."""
    seed = f"/{run.seed}"
    return cut(run.variant, max(1, width - len(seed)), signs) + seed


def cut(name: str, width: int, signs: Signs) -> str:
    """Return a name in at most `width` characters."""
    return name if len(name) <= width else name[: width - 1] + signs.cut
