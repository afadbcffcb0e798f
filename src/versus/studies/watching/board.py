"""The picture of a study at one moment, in as many lines and columns as there are."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from versus.studies.watching.board_cells import ASCII, UNICODE, Layout, Signs, bar, fit_name
from versus.studies.watching.board_curves import Losses, curve_rows
from versus.studies.watching.board_verdicts import verdict_lines
from versus.studies.watching.duration import about, clock
from versus.studies.watching.status import ENDED, RunStatus, StudyStatus

# The runs that ended last, and the pairs, that get a line where there is room.
ENDED_SHOWN = 4
PAIRS_SHOWN = 8
# Lines that every part gets beyond its least before one of them gets all it likes.
SOME_MORE = 3
# Columns beyond which a line is harder to read, not easier.
WIDEST = 140
SHORTEST_BAR = 8


class Part(NamedTuple):
    """One part of the picture.

    Attributes:
        least: lines without which it says nothing.
        most: lines in which it has said all.
        draw: returns it in a number of lines between the two.
    """

    least: int
    most: int
    draw: Callable[[int], list[Text]]


class Board:
    """Draws a study's status; never wider than the console, never higher than it."""

    def __init__(
        self,
        status: StudyStatus,
        *,
        elapsed: float | None = None,
        recent: Sequence[tuple[str, int]] = (),
        losses: Mapping[tuple[str, int], Losses] | None = None,
        who: bool = False,
        height: int | None = None,
    ) -> None:
        """Nothing is drawn yet.

        Args:
            status: what to draw.
            elapsed: seconds since the study began; None to leave it out.
            recent: variant and seed of the runs that ended lately, the last one first.
            losses: of runs under way, by variant and seed.
            who: whether to say which process trains a run.
            height: lines at most; the console's, less the one of the cursor, where None.
        """
        self._status, self._elapsed, self._recent = status, elapsed, tuple(recent)
        self._losses, self._who, self._height = losses or {}, who, height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines as one text."""
        signs = ASCII if options.ascii_only else UNICODE
        height = console.size.height - 1 if self._height is None else self._height
        found = self.lines(min(options.max_width, WIDEST), max(1, height), signs)
        yield Text("\n", no_wrap=True, overflow="crop").join(found)

    def lines(self, width: int, height: int, signs: Signs = UNICODE) -> list[Text]:
        """Return at most `height` lines of at most `width` characters."""
        lines = self._head(width, signs)
        parts = self._parts(width, signs)
        room = height - len(lines)
        sizes = _share(parts, room)
        shown = [part.draw(size) for part, size in zip(parts, sizes, strict=True) if size]
        # Air between the parts where there is enough.
        air = room - sum(map(len, shown)) >= len(shown)
        for part in shown:
            lines += [Text(), *part] if air else part
        for line in lines:
            line.truncate(width, overflow="crop" if signs is ASCII else "ellipsis")
        return lines[:height]

    def _head(self, width: int, signs: Signs) -> list[Text]:
        status = self._status
        ended = len(status.of("finished", "diverged"))
        seeds = len(status.seeds)
        what = (
            f" {signs.dot} {status.data} {signs.dot} {_count(len(status.variants), 'variant')} "
            f"x {_count(seeds, 'seed')}"
        )
        right = Text(f"{ended} of {_count(len(status.runs), 'run')}")
        faults = {
            "diverged": len(status.of("diverged")),
            "failed": len(status.of("failed", "damaged", "unreadable")),
        }
        for word, count in faults.items():
            if count:
                right.append(f" {signs.dot} ").append(f"{count} {word}", style="red")
        elapsed = "" if self._elapsed is None else f"{clock(self._elapsed)} elapsed"
        times = [elapsed, about(status.seconds_left)]
        note = f" {signs.dot} ".join(text for text in times if text) or status.state
        done = _done(status)
        right_below = Text(f"{int(100 * done):>3} %  {note}")
        length = max(0, width - len(right_below) - 2)
        first = _between(
            Text().append(status.name, style="bold").append(what, style="dim"), right, width
        )
        if width < 40:
            return [first]
        style = "green" if status.state == "finished" else "cyan"
        if length < SHORTEST_BAR:
            return [first, right_below]
        below = bar(done, length, signs, style).append("  ").append_text(right_below)
        return [first, below]

    def _parts(self, width: int, signs: Signs) -> list[Part]:
        """Return the parts from top to bottom."""
        status = self._status
        running, left = status.of("running"), self._left_behind()
        faulty = status.of("failed", "diverged", "damaged", "unreadable")
        by_name = {(run.variant, run.seed): run for run in status.of("finished")}
        recent = [by_name[key] for key in self._recent if key in by_name]
        recent = recent or list(reversed(by_name.values()))
        judged = sum(verdict.n > 0 for verdict in status.verdicts)
        parts = []
        if running:
            layout = Layout([r.name for r in running], width, signs, who=self._who)
            parts.append(_listed(layout.heading(), [layout.row(run) for run in running]))
            curves = curve_rows(running, self._losses, width, signs)
            parts += [_listed(Text("losses so far", style="dim"), curves)] if curves else []
        if left:
            parts.append(_listed(None, [_left_line(run, signs) for run in left]))
        if faulty:
            parts.append(_listed(None, [_faulty_line(run, signs) for run in faulty]))
        if recent:
            rows = _ended_lines(recent[:ENDED_SHOWN], width, signs)
            parts.append(Part(1, len(rows), lambda most: rows[:most]))
        if judged:
            most = 1 + min(judged, PAIRS_SHOWN)
            parts.append(Part(2, most, lambda size: self._verdicts(size, width, signs)))
        return parts

    def _left_behind(self) -> list[RunStatus]:
        """Return the runs that go on from somewhere, or were left by their process."""
        waiting = [run for run in self._status.of("waiting") if run.checkpoint]
        return [*self._status.of("stopped"), *waiting]

    def _verdicts(self, most: int, width: int, signs: Signs) -> list[Text]:
        status = self._status
        title = Text("verdict", style="dim")
        if not status.final:
            title = Text("verdict so far, not final", style="italic yellow")
        lines = verdict_lines(
            status.verdicts, len(status.seeds), most - 1, width, signs, final=status.final
        )
        return [title, *lines]


def _listed(heading: Text | None, rows: list[Text]) -> Part:
    """Return a part of a heading and rows, which says how many more there are than it shows."""
    head = [] if heading is None else [heading]

    def draw(most: int) -> list[Text]:
        room = most - len(head)
        if len(rows) <= room:
            return [*head, *rows]
        more = Text(f"+{len(rows) - room + 1} more", style="dim")
        return [*head, *rows[: room - 1], more]

    return Part(len(head) + min(2, len(rows)), len(head) + len(rows), draw)


def _share(parts: Sequence[Part], room: int) -> list[int]:
    """Return how many lines each part gets: what it needs, from the top; some more; the rest."""
    sizes = []
    for part in parts:
        sizes.append(part.least if part.least <= room else 0)
        room -= sizes[-1]
    for limit in (SOME_MORE, room):
        for number, part in enumerate(parts):
            more = min(room, limit, part.most - sizes[number]) if sizes[number] else 0
            sizes[number] += more
            room -= more
    return sizes


def _left_line(run: RunStatus, signs: Signs) -> Text:
    line = Text(f"{signs.dot} {run.name}  ").append(run.state, style="yellow")
    saved = run.checkpoint
    if saved is None:
        return line.append("; starts anew")
    return line.append(
        f"; goes on from its checkpoint at epoch {saved.epoch + 1}, step {saved.step}"
    )


def _faulty_line(run: RunStatus, signs: Signs) -> Text:
    line = Text().append(f"{signs.bad} ", style="red").append(f"{run.name}  ")
    return line.append(run.state, style="red").append(f": {run.reason or 'no reason given'}")


def _ended_lines(runs: Sequence[RunStatus], width: int, signs: Signs) -> list[Text]:
    """Return a line for each finished run, with numbers below numbers."""
    wide = min(max(len(run.name) for run in runs), max(8, width // 3))
    lines = []
    for run in runs:
        name = fit_name(run, wide, signs).ljust(wide + 2)
        line = Text().append(f"{signs.good} ", style="green").append(name)
        if (found := run.outcome) is not None:
            line.append(f"{found.split} accuracy ", style="dim").append(_decimals(found.accuracy))
            line.append(", loss ", style="dim").append(_decimals(found.loss))
            # Where nothing is asked for, it is the processor.
            where = "" if found.device == "cpu" else f" on {found.device}"
            time = f", {_count(found.epochs, 'epoch')} in {clock(found.seconds)}{where}"
            line.append(time, style="dim")
        lines.append(line)
    return lines


def _decimals(number: float | None) -> str:
    return "?" if number is None else f"{number:.4f}"


def _done(status: StudyStatus) -> float:
    """Return how much of the study is done, 0 to 1: every run counts the same."""
    parts = [
        1.0 if run.state in ENDED else run.progress.done if run.progress else 0.0
        for run in status.runs
    ]
    return sum(parts) / len(parts) if parts else 1.0


def _between(left: Text, right: Text, width: int) -> Text:
    """Return both in one line, to its two ends; the right one is whole."""
    room = width - len(right) - 2
    left.truncate(max(0, room), overflow="ellipsis")
    return left.append(" " * max(1, width - len(left) - len(right))).append_text(right)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
