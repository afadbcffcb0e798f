"""Runs side by side on this machine, each in a process of its own."""

import contextlib
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from versus.studies.executor import Died, Tell, Work

SECONDS_TO_SAVE = 5.0


class ForkExecutor:
    """Carries out up to `jobs` tasks at once, each in a forked copy of this process.

    A forked process has the data and the builders already, whatever they are. It needs that this
    process has run no backward pass and started no thread of torch, which holds for a command
    that plans with one thread.
    """

    def __init__(self, jobs: int) -> None:
        """Nothing starts before `map`.

        Args:
            jobs: the most processes at once.
        """
        self.jobs = jobs

    def map(self, work: Work, tasks: Sequence[int], tell: Tell) -> Iterator[Any]:
        """Yield the outcome of every task, as they end; what a task tells is told here."""
        waiting, active = list(tasks), {}
        try:
            while waiting or active:
                while waiting and len(active) < self.jobs:
                    process, connection = _start(work, waiting.pop(0))
                    active[connection] = process
                for ready in wait(list(active)):
                    yield from _hear(cast("Connection", ready), active, tell)
        finally:
            _stop([process for process, _ in active.values()])


def _start(work: Work, task: int) -> tuple[tuple[Any, int], Connection]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_carry_out, args=(work, task, theirs), daemon=True)
    process.start()
    theirs.close()
    return (process, task), ours


def _stop(processes: list[Any]) -> None:
    """End processes: asked to, they first save what they train, which takes seconds at most."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + SECONDS_TO_SAVE
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
    for process in processes:
        process.kill()
        process.join()


def _carry_out(work: Work, task: int, connection: Connection) -> None:
    """Run in the forked process: send what is told, then the outcome."""

    def tell(event: str, *arguments: Any) -> None:
        connection.send((event, arguments))

    # Ctrl-C reaches this process too; it has saved by then, and the parent says so.
    with contextlib.suppress(KeyboardInterrupt):
        connection.send((None, (work(task, tell),)))
    connection.close()


def _hear(connection: Connection, active: dict[Any, tuple[Any, int]], tell: Tell) -> Iterator[Any]:
    """Take one message; yield the outcome where it is one, or that the process died."""
    try:
        event, arguments = connection.recv()
    except EOFError:
        process, task = active.pop(connection)
        process.join()
        yield Died(task, process.exitcode)
        return
    if event is not None:
        tell(event, *arguments)
        return
    process, _ = active.pop(connection)
    process.join()
    yield arguments[0]
