"""A progress bar on stderr, where stderr is a terminal."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Report = Callable[[int, int | None], None]
"""Told the bytes so far, and in all where known."""


def silent(done: int, total: int | None) -> None:
    """Show nothing."""


@contextmanager
def progress_bar(label: str) -> Generator[Report]:
    """Show a bar called `label` while the block runs, and give what moves it."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console  # only for a terminal
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)

        def report(done: int, total: int | None) -> None:
            progress.update(task, completed=done, total=total)

        yield report
