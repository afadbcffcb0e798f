"""A tar archive as a Tree: members are read where they are, by their offsets.

A compressed one is first brought, as a stream with a bound, into one plain tar in the cache.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from versus.data.files import reading, writing_cache
from versus.data.sources.names import junk_path, shown
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
from versus.errors import DataError, DataFormatError
from versus.filesystem.scratch import Scratch

_CHUNK = 1 << 20
_KINDS = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"BZ": ("bzip2", bz2.open),
    b"\xfd7": ("xz", lzma.open),
}


@dataclass(frozen=True)
class TarTree(Tree):
    """A tar archive; `plain` is the file that members are read from."""

    plain: Path = field(default=Path())
    scratch: Scratch | None = field(default=None, repr=False)

    def open(self, name: str) -> BinaryIO:
        """Open a member."""
        member = self.files[name]
        file = self.plain.open("rb")
        file.seek(member.offset)
        return cast(BinaryIO, io.BufferedReader(_Part(file, member.size)))

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a member."""
        data = super().read(name, limit)
        if len(data) < self.files[name].size:
            raise _damaged(self.where(name), "it ends within this member")
        return data

    def spec(self) -> dict[str, Any]:
        """Return what `open_again` needs."""
        return {"kind": "tar", "path": str(self.path), "plain": str(self.plain)}

    def close(self) -> None:
        """Remove what was unpacked."""
        super().close()
        if self.scratch is not None:
            self.scratch.remove()


class _Part(io.RawIOBase):
    """So many bytes of a file from where it stands."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def tar_tree(path: Path, cache: Path) -> TarTree:
    """Return the members of the tar archive at `path`, compressed or not.

    Args:
        path: of the archive.
        cache: folder where a compressed one is unpacked into one file for as long as the tree
            is open.

    Raises:
        DataFormatError: it is damaged, holds links, devices, names that lead outside, more than
            any small data set has, or a decompression bomb.
        DataError: it cannot be read, or the cache cannot be written to.
    """
    with reading(path), path.open("rb") as file:
        kind = _KINDS.get(file.read(2))
    if kind is None:
        return _tree(path, path, None)
    with writing_cache(cache):
        scratch = Scratch(cache, path.name)
    try:
        _unpack(path, kind[1], scratch)
        return _tree(path, scratch.path, scratch)
    except BaseException:
        scratch.remove()
        raise


def tar_again(path: Path, plain: Path) -> TarTree:
    """Return the tree of a tar that another process holds open; its files are yet to be told."""
    return TarTree(path, {}, plain=plain)


def _unpack(path: Path, opened: Any, scratch: Scratch) -> None:
    """Write the plain tar into `scratch`, as long as its size is believable."""
    packed, written = path.stat().st_size, 0
    try:
        with reading(path), opened(path, "rb") as source:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                check_ratio(written, packed, str(path))
                with writing_cache(scratch.path.parent):
                    scratch.append(chunk)
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(str(path), str(error)) from error


def _tree(path: Path, plain: Path, scratch: Scratch | None) -> TarTree:
    members: list[Member] = []
    folders: set[str] = set()
    ignored = 0
    offsets: dict[str, Member] = {}
    for info in _infos(path, plain):
        name = check_member_name(info.name, path)
        linked = offsets.get(check_member_name(info.linkname, path)) if info.islnk() else None
        kind = "" if linked else _kind(info)
        if kind:
            raise refuse_link(name, kind, path)
        if junk_path(name) or not name:
            ignored += info.isfile() or info.islnk()
        elif info.isdir():
            folders.add(name)
        else:
            if name in offsets:
                raise DataFormatError(
                    f"{path}: holds two members called '{shown(name)}': expected each once: "
                    "pack it again"
                )
            # A second name of a file that came before: tar keeps its bytes there alone.
            size, offset = (linked.size, linked.offset) if linked else (info.size, info.offset_data)
            offsets[name] = Member(name, size, offset)
            members.append(offsets[name])
            check_count(len(members), path)
    folders |= parents(list(offsets))
    return TarTree(
        path, ordered(members), tuple(sorted(folders)), ignored, plain=plain, scratch=scratch
    )


def _infos(path: Path, plain: Path) -> list[tarfile.TarInfo]:
    try:
        with reading(plain), tarfile.open(plain, "r:") as archive:
            found: list[tarfile.TarInfo] = []
            while (info := archive.next()) is not None:
                found.append(info)
                check_count(len(found), path)
            return found
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(str(path), str(error)) from error


def _kind(info: tarfile.TarInfo) -> str:
    """Say what a member is if it is neither a plain file nor a folder."""
    if info.issym():
        return "a symbolic link"
    if info.islnk():
        return "a hard link"
    if info.issparse():
        return "a sparse file"
    return "" if info.isfile() or info.isdir() else "a device or a pipe"


def _damaged(where: str, reason: str) -> DataFormatError:
    return DataFormatError(
        f"{where}: expected a whole tar archive; got a damaged or truncated one ({reason}): "
        "copy or download it again"
    )
