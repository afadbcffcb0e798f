"""How far decoding is: a bar on stderr, where stderr is a terminal."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def decoding_bar(total: int) -> Generator[Callable[[int], None]]:
    """Give what moves the bar: it is told how many pictures are decoded."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console  # only for a terminal
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("decoding pictures"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.update(task, completed=done)
