"""Files and folders that appear whole, by one rename, and stay after a loss of power.

The order is always the same: write under a temporary name beside the place, sync the bytes, sync
the folder that names them, rename, sync the folder again. Nothing counts as written before that.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from versus.filesystem.leftovers import temporary_name
from versus.filesystem.operations import DISK, FileSystem


def write_file(path: Path, data: bytes, disk: FileSystem = DISK) -> None:
    """Put `data` into `path`, replacing what is there; folders above it are made.

    Raises:
        OSError: of the operation that failed; what was there is still there, unless the last
            sync failed: then the new is in its place, but a loss of power may still undo it.
    """
    temporary = path.with_name(temporary_name(path.name))
    made = make_folders(path.parent, disk)
    with _undone(temporary, made, disk):
        _write(temporary, data, disk)
        disk.rename(temporary, path)
    sync(path.parent, disk)


def write_folder(
    folder: Path, contents: Mapping[str, bytes], disk: FileSystem = DISK, *, replace: bool = False
) -> None:
    """Make `folder` with these files in it; folders above it are made.

    Args:
        folder: where; it must not hold anything, unless it is to be replaced.
        contents: bytes of each file, by name; "1/model" lies in a folder of its own.
        disk: what to write by.
        replace: whether a folder that is there gives way; it does once the new one is complete.

    Raises:
        OSError: of the operation that failed; what was there is still there, unless the last
            sync failed: then the new is in its place, but a loss of power may still undo it.
    """
    temporary = folder.with_name(temporary_name(folder.name))
    made = make_folders(folder.parent, disk)
    with _undone(temporary, made, disk):
        disk.make_folder(temporary)
        inner = {(temporary / name).parent for name in contents} - {temporary}
        for below in sorted(inner):
            make_folders(below, disk)
        for name, data in contents.items():
            _write(temporary / name, data, disk)
        for written in (*sorted(inner), temporary):
            sync(written, disk)
        old = _move_away(folder, disk) if replace else None
        try:
            disk.rename(temporary, folder)
        except BaseException:
            if old is not None:
                disk.rename(old, folder)
            raise
    sync(folder.parent, disk)
    if old is not None:
        with contextlib.suppress(OSError):  # it is recognised as a leftover later
            remove_tree(old, disk)


def publish(source: Path, target: Path, disk: FileSystem = DISK) -> None:
    """Give a complete file in the same folder its final name, once its bytes are safe.

    Raises:
        OSError: of the operation that failed; both are as they were.
    """
    sync(source, disk)
    disk.rename(source, target)
    sync(target.parent, disk)


def move(source: Path, target: Path, disk: FileSystem = DISK) -> None:
    """Move a file or folder to a place where nothing is; folders above it are made."""
    make_folders(target.parent, disk)
    disk.rename(source, target)
    sync(target.parent, disk)
    sync(source.parent, disk)


def remove_folder(folder: Path, disk: FileSystem = DISK) -> None:
    """Remove a folder and what is in it: it is gone at once, or, after an error, all there."""
    old = _move_away(folder, disk)
    sync(folder.parent, disk)
    remove_tree(old, disk)


def remove_tree(path: Path, disk: FileSystem = DISK) -> None:
    """Remove a file, or a folder with all that is in it, one after the other."""
    try:
        names = disk.names(path)
    except NotADirectoryError:
        disk.remove_file(path)
        return
    for name in names:
        remove_tree(path / name, disk)
    disk.remove_folder(path)


def make_folders(folder: Path, disk: FileSystem = DISK) -> list[Path]:
    """Make `folder` and those above it; return what was not there before, outermost first."""
    try:
        return _make_folder(folder, disk)
    except FileNotFoundError:
        if folder.parent == folder:
            raise
    made = make_folders(folder.parent, disk)
    with _unmade(made, disk):
        # Once more only: there are folders, as /proc, in which none can be made.
        return [*made, *_make_folder(folder, disk)]


def _make_folder(folder: Path, disk: FileSystem) -> list[Path]:
    """Make one folder; return it, or nothing where it is there already."""
    try:
        disk.make_folder(folder)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(20, "Not a directory", str(folder)) from None
        return []
    # A folder's own name lies in the folder above it, and is lost with the power if that is not
    # synced, and all that is in it with it.
    with _unmade([folder], disk):
        sync(folder.parent, disk)
    return [folder]


def sync(path: Path, disk: FileSystem = DISK) -> None:
    """Return once the bytes of a file, or the names in a folder, survive a loss of power."""
    with _closed(disk.open_existing(path), disk) as descriptor:
        disk.sync(descriptor)


def _write(path: Path, data: bytes, disk: FileSystem) -> None:
    """Write a new file whole, and sync it: the system may take fewer bytes at once than given."""
    with _closed(disk.create(path), disk) as descriptor:
        left = memoryview(data)
        while left:
            left = left[disk.write(descriptor, left) :]
        disk.sync(descriptor)


@contextlib.contextmanager
def _closed(descriptor: int, disk: FileSystem) -> Iterator[int]:
    try:
        yield descriptor
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            disk.close(descriptor)
        raise
    disk.close(descriptor)


def _move_away(folder: Path, disk: FileSystem) -> Path:
    old = folder.with_name(temporary_name(folder.name, "old"))
    disk.rename(folder, old)
    return old


@contextlib.contextmanager
def _undone(temporary: Path, made: list[Path], disk: FileSystem) -> Iterator[None]:
    """Remove `temporary`, and the folders `made` for it, if the block fails."""
    with _unmade(made, disk):
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                remove_tree(temporary, disk)
            raise


@contextlib.contextmanager
def _unmade(made: list[Path], disk: FileSystem) -> Iterator[None]:
    """Remove the folders `made`, which are empty unless another process uses them, on failure."""
    try:
        yield
    except BaseException:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                disk.remove_folder(folder)
        raise
