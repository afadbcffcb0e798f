"""A zip archive as a Tree: members are read where they are, nothing is ever unpacked."""

import errno
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from versus.data.files import reading
from versus.data.sources.names import junk_path
from versus.data.sources.tree import (
    Member,
    Tree,
    check_count,
    check_member_name,
    check_ratio,
    ordered,
    parents,
    refuse_link,
)
from versus.errors import DataFormatError

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    IndexError,
    ValueError,
    OSError,
)


@dataclass(frozen=True)
class ZipTree(Tree):
    """A zip archive; `stored` gives the name that each member has in it."""

    archive: Any = field(default=None, repr=False)
    stored: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    def open(self, name: str) -> BinaryIO:
        """Open a member."""
        with damaged_zip(self.where(name)):
            inner = self.archive.open(self.stored[name])
        return cast(BinaryIO, io.BufferedReader(_Member(inner, self.where(name))))

    def spec(self) -> dict[str, Any]:
        """Return what `open_again` needs."""
        return {"kind": "zip", "path": str(self.path)}

    def close(self) -> None:
        """Close the archive."""
        super().close()
        self.archive.close()


class _Member(io.RawIOBase):
    """A member that is read: what is damaged in it is told as ours."""

    def __init__(self, inner: Any, where: str) -> None:
        self._inner, self._where = inner, where

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with damaged_zip(self._where):
            return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


def zip_tree(path: Path) -> ZipTree:
    """Return the members of the zip archive at `path`.

    Raises:
        DataFormatError: it is damaged, encrypted, holds links, names that lead outside, two
            members of one name, more than any small data set has, or a decompression bomb.
        DataError: it cannot be read.
    """
    with reading(path), damaged_zip(str(path)):
        archive = zipfile.ZipFile(path)
        packed_size = path.stat().st_size
    return zip_members(archive, path, packed_size)


def zip_members(archive: zipfile.ZipFile, path: Path, packed_size: int) -> ZipTree:
    """Return the members of an open archive; as `zip_tree`.

    Args:
        archive: open.
        path: for messages.
        packed_size: of the archive in bytes.
    """
    infos = archive.infolist()
    check_count(len(infos), path)
    members: list[Member] = []
    stored: dict[str, str] = {}
    folders: set[str] = set()
    ignored = 0
    for info in infos:
        name = check_member_name(info.filename, path)
        mode = info.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise refuse_link(name, "a symbolic link", path)
        is_folder = info.filename.endswith(("/", "\\"))  # the latter of some Windows programs
        if junk_path(name) or not name:
            ignored += not is_folder
        elif is_folder:
            folders.add(name)
        else:
            _check_member(info, name, path)
            if name in stored:
                raise DataFormatError(
                    f"{path}: holds two members called '{name}': expected each once: pack it again"
                )
            members.append(Member(name, info.file_size))
            stored[name] = info.filename
    check_ratio(sum(member.size for member in members), packed_size, str(path))
    folders |= parents(list(stored))
    return ZipTree(
        path, ordered(members), tuple(sorted(folders)), ignored, archive=archive, stored=stored
    )


@contextmanager
def damaged_zip(where: str) -> Generator[None]:
    """Turn every way in which reading a zip can fail into one error."""
    try:
        yield
    except _DAMAGED as error:
        if isinstance(error, DataFormatError):
            raise
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # that is a place below 0
            raise
        raise DataFormatError(
            f"{where}: expected a whole zip archive; got a damaged or truncated one ({error}): "
            "copy or download it again"
        ) from error


def _check_member(info: zipfile.ZipInfo, name: str, path: Path) -> None:
    if info.flag_bits & 1:
        raise DataFormatError(
            f"{path}: '{name}' is encrypted: expected an archive without a password: "
            "unpack it yourself and give the folder"
        )
    check_ratio(info.file_size, info.compress_size, f"{path}/{name}")
