"""Runs side by side on this machine, each in a process of its own."""

import contextlib
import multiprocessing
import signal
import sys
import threading
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
        before = _on_termination()
        try:
            while waiting or active:
                while waiting and len(active) < self.jobs:
                    process, connection = _start(work, waiting.pop(0))
                    active[connection] = process
                for ready in wait(list(active)):
                    yield from _hear(cast("Connection", ready), active, tell)
        finally:
            _stop([process for process, _ in active.values()])
            if before is not None:
                signal.signal(signal.SIGTERM, before)


def _start(work: Work, task: int) -> tuple[tuple[Any, int], Connection]:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_carry_out, args=(work, task, theirs), daemon=True)
    process.start()
    theirs.close()
    return (process, task), ours


def _on_termination() -> Any:
    """Let SIGTERM end this process by an exception, so that it ends its children; return what was.

    None where that is somebody else's to say.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None

    def leave(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    return signal.signal(signal.SIGTERM, leave)


def _stop(processes: list[Any]) -> None:
    """End processes: asked to, they first save what they train, which takes seconds at most."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + SECONDS_TO_SAVE
    try:
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
    finally:  # also after a second Ctrl-C
        for process in processes:
            process.kill()
            process.join()


def _carry_out(work: Work, task: int, connection: Connection) -> None:
    """Run in the forked process: send what is told, then the outcome."""

    def tell(event: str, *arguments: Any) -> None:
        try:
            connection.send((event, arguments))
        except BrokenPipeError:  # who asked for this run is gone: leave, and record nothing
            raise SystemExit(1) from None

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A thread of the parent may have held the lock of its progress bars just then.
    sys.stdout = sys.stderr = sys.__stderr__
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
