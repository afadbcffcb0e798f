"""Executor: where the runs of a study are carried out."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Task = TypeVar("Task", contravariant=True)
Outcome = TypeVar("Outcome")


class Executor(Protocol):
    """Carries out tasks in its own order and yields each outcome as it comes."""

    def map(self, work: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield `work(task)` of every task, each as soon as it is there."""
        ...


class SerialExecutor:
    """Carries out one task after the other, in this process."""

    def map(self, work: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield `work(task)` of every task, in order."""
        yield from map(work, tasks)
