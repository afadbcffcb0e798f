"""A folder on disk, or one file of it, as a Tree."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from versus.data.files import reading
from versus.data.sources.names import is_junk, shown
from versus.data.sources.tree import Member, Tree, check_count, ordered
from versus.errors import DataError

_MOST_DEPTH = 64


@dataclass(frozen=True)
class FolderTree(Tree):
    """A folder on disk."""

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        path = self.path / name
        with reading(path):
            return path.open("rb")

    def local(self, name: str, cache: Path) -> Path:
        """Return the file itself."""
        del cache
        return self.path / name

    def spec(self) -> dict[str, Any]:
        """Return what `open_again` needs."""
        return {"kind": "folder", "path": str(self.path)}


def folder_tree(path: Path) -> FolderTree:
    """Return the files below `path`; symbolic links are followed.

    Raises:
        DataError: a folder cannot be read, or a link leads back to a folder above it.
    """
    members: list[Member] = []
    folders: list[str] = []
    ignored = 0
    for name, member in _walk(path, "", ()):
        if member is not None:
            members.append(member)
            check_count(len(members), path)
        elif is_junk(name.rpartition("/")[2]):
            ignored += 1
        else:
            folders.append(name)
    return FolderTree(path, ordered(members), tuple(sorted(folders)), ignored)


def one_file_tree(path: Path) -> FolderTree:
    """Return a tree that holds the file at `path` alone."""
    with reading(path):
        size = path.stat().st_size
    return FolderTree(path.parent, {path.name: Member(path.name, size)})


def _walk(
    folder: Path, prefix: str, above: tuple[tuple[int, int], ...]
) -> Iterator[tuple[str, Member | None]]:
    """Yield (name, member) of every file; (name, None) of every folder and of what is junk."""
    here = _identity(folder, above)
    for entry in _entries(folder):
        name = f"{prefix}{entry.name}"
        if is_junk(entry.name):
            yield name, None
        elif _is_folder(entry):
            yield name, None
            yield from _walk(folder / entry.name, f"{name}/", (*above, here))
        else:
            yield name, Member(name, _size(entry))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError as error:
        raise DataError(
            f"{shown(str(folder))}: expected a folder that can be read; got "
            f"{(error.strerror or str(error)).lower()}: change its permissions or copy it"
        ) from error


def _identity(folder: Path, above: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    status = os.stat(folder)
    here = status.st_dev, status.st_ino
    if here in above or len(above) > _MOST_DEPTH:
        raise DataError(
            f"{shown(str(folder))}: expected folders that end; this symbolic link leads back to "
            f"{shown(os.path.realpath(folder))}, which it lies in: remove the link"
        )
    return here


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        raise _broken(entry, error) from error


def _size(entry: os.DirEntry[str]) -> int:
    """Return the size of a file; what is no plain file is refused, as reading it might never end.

    A link that leads nowhere, or round in a circle, is said to be one.
    """
    try:
        status = entry.stat()
    except OSError as error:
        raise _broken(entry, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(
            f"{shown(entry.path)}: expected files and folders; got something that is no plain "
            "file: remove it"
        )
    return status.st_size


def _broken(entry: os.DirEntry[str], error: OSError) -> DataError:
    what = "symbolic link that leads nowhere" if entry.is_symlink() else "file that is not there"
    return DataError(
        f"{shown(entry.path)}: expected a file; got a {what} "
        f"({(error.strerror or str(error)).lower()}): remove it or mend it"
    )
