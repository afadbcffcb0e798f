"""Executor: where the runs of a study are carried out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

# Tells the process that shows progress what happened: the name of an event, and its arguments.
Tell = Callable[..., None]
# Carries out the task of a number, telling of what happens, and returns its outcome.
Work = Callable[[int, Tell], Any]


class Executor(Protocol):
    """Carries out numbered tasks in its own order and yields each outcome as it comes."""

    def map(self, work: Work, tasks: Sequence[int], tell: Tell) -> Iterator[Any]:
        """Yield `work(task, tell)` of every task, each as soon as it is there.

        A task whose process died yields `Died` instead.
        """
        ...


class Died:
    """The outcome of a task whose process ended without one."""

    def __init__(self, task: int, exit_code: int | None) -> None:
        """Keep which task it was, and how its process ended (minus the signal's number)."""
        self.task, self.exit_code = task, exit_code


class SerialExecutor:
    """Carries out one task after the other, in this process."""

    def map(self, work: Work, tasks: Sequence[int], tell: Tell) -> Iterator[Any]:
        """Yield `work(task, tell)` of every task, in order."""
        for task in tasks:
            yield work(task, tell)
