"""Executor: where the runs of a study are carried out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

# Tells the process that shows progress what happened: the name of an event, and its arguments.
Tell = Callable[..., None]
# Carries out the task of a number, telling of what happens, and returns its outcome.
Work = Callable[[int, Tell], Any]


@dataclass(frozen=True)
class Task:
    """Something to carry out.

    Attributes:
        number: which.
        lock: descriptor that its process holds open for as long as it lives; None for none.
    """

    number: int
    lock: int | None = None


class Executor(Protocol):
    """Carries out numbered tasks and yields each outcome as it comes.

    A context manager: what is under way is ended with the block.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: Any) -> None: ...

    def map(self, take: Callable[[], Task | None], tell: Tell) -> Iterator[tuple[int, Any]]:
        """Yield the number and the outcome of every task, each as soon as it is there.

        Args:
            take: gives the next task whenever there is room for one, None while there is none;
                it is asked again after each outcome.
            tell: called in this process with what a task tells.

        A task whose process died has the outcome `Died`.
        """
        ...


@dataclass(frozen=True)
class Died:
    """The outcome of a task whose process ended without one.

    Attributes:
        reason: how it ended, in words.
        exit_code: of the process, minus the signal's number; None where nobody knows it.
    """

    reason: str
    exit_code: int | None = None


class SerialExecutor:
    """Carries out one task after the other, in this process."""

    def __init__(self, work: Work) -> None:
        """Keep what is to be done."""
        self._work = work

    def __enter__(self) -> Self:
        """Nothing has to be started."""
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing goes on by itself."""

    def map(self, take: Callable[[], Task | None], tell: Tell) -> Iterator[tuple[int, Any]]:
        """Yield every task's number and outcome, in order."""
        while (task := take()) is not None:
            yield task.number, self._work(task.number, tell)
