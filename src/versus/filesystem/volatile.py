"""A small file that often changes and may be lost: seen whole or not at all, never synced."""

import contextlib
from pathlib import Path

from versus.filesystem.leftovers import temporary_name
from versus.filesystem.operations import DISK, FileSystem


def replace_file(path: Path, data: bytes, disk: FileSystem = DISK) -> None:
    """Put `data` into `path`, replacing what is there, in a folder that is there.

    Readers see the old or the new. After a loss of power it may be either, or empty: it is only
    for what a living process says of itself. Nothing waits for the disk.

    Raises:
        OSError: of the operation that failed; what was there is still there.
    """
    temporary = path.with_name(temporary_name(path.name))
    try:
        descriptor = disk.create(temporary)
        try:
            left = memoryview(data)
            while left:
                left = left[disk.write(descriptor, left) :]
        finally:
            disk.close(descriptor)
        disk.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            disk.remove_file(temporary)
        raise
