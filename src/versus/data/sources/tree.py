"""Tree: files by name, whether they lie in a folder, a zip or a tar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from versus.data.files import writing_cache
from versus.data.sources.names import shown, sort_key
from versus.errors import DataFormatError
from versus.filesystem.scratch import Scratch

MOST_FILES = 2_000_000
"""Of one data set."""

# What deflate can reach is 1,032 times. Real pictures and arrays stay far below this one.
MOST_RATIO = 200
# So many bytes may come out of an archive whatever the ratio.
FREE_BYTES = 16 * 2**20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in a tree.

    Attributes:
        name: its path from the root, with "/" between the parts.
        size: in bytes, unpacked.
        offset: where its bytes begin, for a tree that is one file; else 0.
    """

    name: str
    size: int
    offset: int = 0


@dataclass(frozen=True)
class Tree:
    """The files of a data set. What is hidden, or some system's own, is not among them.

    Attributes:
        path: of the folder or archive.
        files: by name, in an order that does not depend on the system.
        folders: the names of all folders, also of empty ones, in such an order.
        ignored: how many hidden and system files were left out.
    """

    path: Path
    files: Mapping[str, Member]
    folders: tuple[str, ...] = ()
    ignored: int = 0
    copies: list[Scratch] = field(default_factory=list[Scratch], repr=False)

    def where(self, name: str) -> str:
        """Return how messages call a file: its path, or the archive's and its name in it."""
        return shown(f"{self.path}/{name}")

    def open(self, name: str) -> BinaryIO:
        """Open a file to be read from its beginning."""
        raise NotImplementedError

    def spec(self) -> dict[str, Any]:
        """Return what `open_again` needs in another process, ready for JSON."""
        raise NotImplementedError

    def local(self, name: str, cache: Path) -> Path:
        """Return a file on the disk with the bytes of `name`; one of an archive is copied.

        Args:
            name: of the file in the tree.
            cache: folder for a copy, which is gone once the tree is closed.
        """
        scratch = Scratch(cache, name.rpartition("/")[2])
        self.copies.append(scratch)
        with self.open(name) as file:
            while chunk := file.read(_CHUNK):
                with writing_cache(cache):
                    scratch.append(chunk)
        return scratch.path

    def close(self) -> None:
        """Give back what is held open, remove what was copied."""
        for scratch in self.copies:
            scratch.remove()

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a file.

        Raises:
            DataFormatError: there are more than `limit`, or the archive is damaged there.
            DataError: it cannot be read.
        """
        member = self.files[name]
        if member.size > limit:
            raise DataFormatError(
                f"{self.where(name)}: {member.size:,} bytes: expected at most {limit:,}: "
                "make it smaller"
            )
        with self.open(name) as file:
            data = file.read(member.size + 1)  # to ask for more reserves memory for it
            if len(data) > member.size:  # it has grown since
                data += file.read(limit + 1 - len(data))
            return data

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """The files by the folder they lie in, "" for the root."""
        found: dict[str, list[str]] = {}
        for name in self.files:
            found.setdefault(name.rpartition("/")[0], []).append(name)
        return found


def ordered(members: list[Member]) -> dict[str, Member]:
    """Return members by name, in the order of names."""
    return {m.name: m for m in sorted(members, key=lambda m: (sort_key(m.name), m.name))}


def parents(names: list[str]) -> set[str]:
    """Return every folder above any of the names."""
    found: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def check_count(count: int, path: Path) -> None:
    """Raise DataFormatError where there are more files than any small data set has."""
    if count > MOST_FILES:
        raise DataFormatError(
            f"{path}: expected at most {MOST_FILES:,} files; there are more: "
            "give a folder or archive with fewer"
        )


def check_ratio(unpacked: int, packed: int, where: str) -> None:
    """Raise DataFormatError where so many bytes out of so few mean a decompression bomb."""
    if unpacked > FREE_BYTES and unpacked > MOST_RATIO * max(packed, 1):
        raise DataFormatError(
            f"{where}: {packed:,} bytes unpack to {unpacked:,} or more, over {MOST_RATIO} times "
            "as many: this looks like a decompression bomb and is not unpacked; "
            "if it is yours, unpack it yourself and give the folder"
        )


def check_member_name(name: str, path: Path) -> str:
    """Return the name of an archive's member with "/" between its parts.

    Raises:
        DataFormatError: it leads outside, or cannot be a name.
    """
    plain = name.replace("\\", "/")
    parts = plain.split("/")
    if plain.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in plain:
        raise DataFormatError(
            f"{path}: holds '{shown(name)}', a name that leads outside of the archive: expected "
            "names below its root: do not trust this archive, or pack it again"
        )
    return "/".join(part for part in parts if part not in ("", "."))


def refuse_link(name: str, kind: str, path: Path) -> DataFormatError:
    """Return the error for a member that is no plain file."""
    return DataFormatError(
        f"{path}: holds '{shown(name)}', which is {kind}: expected plain files and folders only: "
        "pack the files themselves"
    )
