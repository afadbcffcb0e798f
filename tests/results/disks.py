"""File systems that fail, take little at a time, keep a log, or kill: each over the real one."""

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from versus.filesystem.operations import DISK


class Around:
    """Every operation of the real disk, by way of `do`."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(DISK, name)
        return lambda *arguments: self.do(name, operation, *arguments)

    def do(self, name: str, operation: Callable[..., Any], *arguments: Any) -> Any:
        return operation(*arguments)


class Counting(Around):
    """Counts the operations."""

    count = 0

    def do(self, name, operation, *arguments):
        self.count += 1
        return operation(*arguments)


class Failing(Around):
    """The k-th operation fails, counted from 0; with `lasting`, all after it too."""

    def __init__(self, k: int, code: int, *, lasting: bool = False) -> None:
        self.k, self.code, self.lasting = k, code, lasting
        self.count = self.raised = 0

    def do(self, name, operation, *arguments):
        number, self.count = self.count, self.count + 1
        if number == self.k or (self.lasting and number > self.k):
            self.raised += 1
            if name == "close":  # the system closes it even where it reports an error
                operation(*arguments)
            raise OSError(self.code, os.strerror(self.code))
        return operation(*arguments)


class Quota(Around):
    """A disk with room for so many bytes: what does not fit is written in part, then refused."""

    def __init__(self, room: int) -> None:
        self.room, self.refused, self.short = room, 0, 0

    def do(self, name, operation, *arguments):
        if name != "write":
            return operation(*arguments)
        descriptor, data = arguments
        if not self.room:
            self.refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = operation(descriptor, data[: self.room])
        self.short += taken < len(data)
        self.room -= taken
        return taken


class Sipping(Around):
    """Takes at most so many bytes at once, as the system may."""

    def __init__(self, most: int) -> None:
        self.most, self.writes = most, 0

    def do(self, name, operation, *arguments):
        if name == "write":
            self.writes += 1
            return operation(arguments[0], arguments[1][: self.most])
        return operation(*arguments)


class Killing(Around):
    """The process is killed, as by `kill -9`, ahead of the k-th operation."""

    def __init__(self, k: int) -> None:
        self.left = k

    def do(self, name, operation, *arguments):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return operation(*arguments)


class Logging(Around):
    """Keeps every operation that changes something, in order, with its arguments and result."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Any]] = []

    def do(self, name, operation, *arguments):
        result = operation(*arguments)
        if name == "write":
            self.log.append(("write", (arguments[0], bytes(arguments[1][:result]))))
        elif name in ("create", "open_existing"):
            self.log.append((name, (arguments[0], result)))
        elif name not in ("read", "names"):
            self.log.append((name, arguments))
        return result


def everything(folder: Path) -> dict[str, bytes | None]:
    """Every file below `folder` with its bytes, every folder as None."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
