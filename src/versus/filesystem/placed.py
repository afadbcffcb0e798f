"""Large files written in any order, and folders that hold them, published by one rename."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from versus.filesystem.atomic import make_folders, remove_tree, sync
from versus.filesystem.leftovers import is_leftover, temporary_name
from versus.filesystem.operations import DISK, FileSystem


class PlacedWriter:
    """Writes bytes to given places of a file, which is made where there is none.

    No memory map: what is written that way counts as memory of this process.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`, keeping what is in it."""
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write all of `data` at `offset` bytes from the start.

        Raises:
            OSError: it cannot be written, as on a full disk.
        """
        self._file.seek(offset)
        left = memoryview(data).cast("B")
        while left:
            left = left[self._file.write(left) or 0 :]

    def read(self, offset: int, count: int) -> bytes:
        """Return bytes that were written."""
        self._file.seek(offset)
        return self._file.read(count)

    def cut(self, size: int) -> None:
        """Make the file so many bytes long."""
        self._file.truncate(size)


@contextlib.contextmanager
def published(folder: Path, disk: FileSystem = DISK) -> Iterator[Path]:
    """Give a new folder to write into; it becomes `folder` if the block ends well, else goes.

    What dead processes left beside it is removed.

    Raises:
        OSError: it cannot be made or named so; nothing is left of it.
    """
    make_folders(folder.parent, disk)
    remove_leftovers(folder.parent, disk)
    temporary = folder.with_name(temporary_name(folder.name))
    disk.make_folder(temporary)
    try:
        yield temporary
        for name in disk.names(temporary):
            sync(temporary / name, disk)
        sync(temporary, disk)
        disk.rename(temporary, folder)
    except BaseException:
        with contextlib.suppress(OSError):
            remove_tree(temporary, disk)
        raise
    sync(folder.parent, disk)


def remove_leftovers(folder: Path, disk: FileSystem = DISK) -> None:
    """Remove the temporary files and folders of dead processes."""
    for name in disk.names(folder):
        if is_leftover(name):
            with contextlib.suppress(OSError):
                remove_tree(folder / name, disk)
