"""`versus status`: how a study stands, from its folder, whoever runs it."""

import contextlib
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from versus.cli import screen
from versus.cli.options import FolderArgument, JsonOption

if TYPE_CHECKING:
    from versus.studies.watching.status import StudyStatus
    from versus.studies.watching.status_reader import StatusReader

WatchOption = Annotated[
    bool, typer.Option("--watch", help="Draw it anew until the study is over, or Ctrl-C.")
]
SECONDS = 1.0
# Where there is no terminal, between two looks that are written; in seconds.
LINES_EVERY = 15.0
REPORT_SECONDS = 10.0
# What is printed once can be scrolled.
ENDLESS = 10_000


def status(folder: FolderArgument, watch: WatchOption = False, json: JsonOption = False) -> None:
    """Show how a study stands: its runs, who trains them, time left, the verdict so far."""
    from versus.errors import ConfigurationError  # these bring pydantic and numpy
    from versus.studies.watching.status_reader import StatusReader

    if watch and json:
        raise ConfigurationError("status: expected --watch or --json; got both")
    reader = StatusReader(folder)
    found = reader.read()
    if json:
        screen.print_json(found.to_dict())
        return
    if watch and found.state != "finished":
        with contextlib.suppress(KeyboardInterrupt):
            _watch(reader, found)
            _wait_for_report(reader)
        found = reader.read()
    _print(found)


def _watch(reader: "StatusReader", found: "StudyStatus") -> None:
    """Show the study until it is over."""
    terminal = screen.console()
    if not (sys.stdout.isatty() and terminal.is_terminal and not terminal.is_dumb_terminal):
        _watch_in_lines(reader, found)
        return
    from rich.live import Live

    from versus.studies.watching.board import Board

    def board() -> Board:
        return Board(found, who=True)

    with Live(console=terminal, get_renderable=board, auto_refresh=False, transient=True) as live:
        while found.state != "finished":
            live.refresh()
            time.sleep(SECONDS)
            found = reader.read()


def _wait_for_report(reader: "StatusReader") -> None:
    """Wait a little for the report, which is written after the last run."""
    until = time.monotonic() + REPORT_SECONDS
    while reader.read().report is None and time.monotonic() < until:
        time.sleep(SECONDS)


def _watch_in_lines(reader: "StatusReader", found: "StudyStatus") -> None:
    """Write lines now and then, and when a run has ended."""
    from versus.studies.watching.words import counts, going

    said, at = "", -LINES_EVERY
    while found.state != "finished":
        now = time.monotonic()
        if counts(found.runs) != said or now - at >= LINES_EVERY:
            said, at = counts(found.runs), now
            lines = [said, *(f"  {going(run)}" for run in found.of("running"))]
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()
        time.sleep(SECONDS)
        found = reader.read()


def _print(found: "StudyStatus") -> None:
    """Print the whole of it, and what can be done next."""
    from versus.studies.watching.board import Board

    terminal = screen.console()
    terminal.print(Board(found, who=True, height=ENDLESS))
    for caveat in found.caveats:
        terminal.print(f"\n{caveat}", style="yellow", markup=False, highlight=False)
    terminal.print()
    terminal.print(next_step(found), soft_wrap=True)


def next_step(found: "StudyStatus") -> str:
    """Return what is going on, and what can be done, in one line."""
    again = found.command or "the command that began it"
    if found.state == "running":
        at_work = found.of("running")
        where = {run.worker.host for run in at_work if run.worker and run.worker.alive is None}
        unknown = f" (not known of {', '.join(sorted(where))})" if where else ""
        return f"Under way: {len(at_work)} run{'s'[: len(at_work) > 1]}{unknown}."
    if found.state == "finished":
        report = found.report or f"none yet; make it with: versus report {found.folder}"
        return f"Finished. Report: {report}"
    if found.state == "planned":
        return f"Planned; no run has begun. Begin with: {again}"
    return f"Stopped; no process works on it. Go on with: {again}"
