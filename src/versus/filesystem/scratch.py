"""Scratch: one large file that lives as long as it is used, and is a leftover after that."""

import contextlib
from pathlib import Path

from versus.filesystem.atomic import make_folders
from versus.filesystem.leftovers import temporary_name
from versus.filesystem.operations import DISK, FileSystem
from versus.filesystem.placed import remove_leftovers


class Scratch:
    """A file under a temporary name, which says which process made it.

    Attributes:
        path: of the file.
    """

    def __init__(self, folder: Path, name: str, disk: FileSystem = DISK) -> None:
        """Make an empty file in `folder`, which is made too; remove those of dead processes.

        Raises:
            OSError: it cannot be made.
        """
        make_folders(folder, disk)
        self._disk = disk
        remove_leftovers(folder, disk)
        self.path = folder / temporary_name(name)
        self._descriptor: int | None = disk.create(self.path)

    def append(self, data: bytes | memoryview) -> None:
        """Write `data` at the end.

        Raises:
            OSError: it cannot be written, as on a full disk.
        """
        assert self._descriptor is not None  # noqa: S101
        left = memoryview(data).cast("B")
        while left:
            left = left[self._disk.write(self._descriptor, left) :]

    def remove(self) -> None:
        """Close and remove the file."""
        if self._descriptor is not None:
            self._disk.close(self._descriptor)
            self._descriptor = None
            with contextlib.suppress(OSError):
                self._disk.remove_file(self.path)
