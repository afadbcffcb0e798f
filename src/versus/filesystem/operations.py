"""FileSystem: the operations that versus writes by, each one call of the system.

All that is written goes through one of these, so that a test can let the k-th operation fail, keep
a log of all of them, or stop a process between any two.
"""

import os
from pathlib import Path
from typing import Protocol


class FileSystem(Protocol):
    """What the operating system does with files; every method raises its OSError."""

    def read(self, path: Path) -> bytes:
        """Return all bytes of a file."""
        ...

    def names(self, folder: Path) -> list[str]:
        """Return the names in a folder, sorted."""
        ...

    def create(self, path: Path) -> int:
        """Make a file that is not there yet, and return its descriptor."""
        ...

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write some of `data`, at least a byte of it, and return how many."""
        ...

    def open_existing(self, path: Path) -> int:
        """Return the descriptor of a file or folder, to sync it."""
        ...

    def sync(self, descriptor: int) -> None:
        """Return once the file's bytes, or the folder's names, survive a loss of power."""
        ...

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        ...

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder another name, in one step; a file at `target` is replaced."""
        ...

    def make_folder(self, path: Path) -> None:
        """Make one folder."""
        ...

    def remove_file(self, path: Path) -> None:
        """Remove one file."""
        ...

    def remove_folder(self, path: Path) -> None:
        """Remove one empty folder."""
        ...


class Disk:
    """The file system of this machine."""

    def read(self, path: Path) -> bytes:
        """Return all bytes of a file."""
        return path.read_bytes()

    def names(self, folder: Path) -> list[str]:
        """Return the names in a folder, sorted."""
        return sorted(os.listdir(folder))

    def create(self, path: Path) -> int:
        """Make a file that is not there yet, and return its descriptor."""
        # O_BINARY is Windows's, which else changes line ends.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, 0o666)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write some of `data`, and return how many bytes."""
        return os.write(descriptor, data)

    def open_existing(self, path: Path) -> int:
        """Return the descriptor of a file or folder, to sync it."""
        return os.open(path, os.O_RDONLY)

    def sync(self, descriptor: int) -> None:
        """Return once the disk has it."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder another name, in one step."""
        source.replace(target)

    def make_folder(self, path: Path) -> None:
        """Make one folder."""
        path.mkdir()

    def remove_file(self, path: Path) -> None:
        """Remove one file."""
        path.unlink()

    def remove_folder(self, path: Path) -> None:
        """Remove one empty folder."""
        path.rmdir()


DISK = Disk()
