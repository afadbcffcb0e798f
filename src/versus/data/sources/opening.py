"""From a path to a Tree: a folder, a zip or tar archive, or one file, told by its first bytes."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from versus.data.files import reading
from versus.data.sources.folder_tree import FolderTree, folder_tree, one_file_tree
from versus.data.sources.tar_tree import tar_again, tar_tree
from versus.data.sources.tree import Tree
from versus.data.sources.zip_tree import zip_tree

_START = 512


@contextmanager
def open_tree(path: Path, cache: Path) -> Generator[Tree]:
    """Give the files at `path`, a folder, an archive, or a single file.

    Args:
        path: of the data set.
        cache: folder where a compressed tar is kept for as long as the tree is open.

    Raises:
        DataUnavailableError: there is nothing at `path`.
        DataError: it cannot be read.
    """
    tree = _open(path, cache)
    try:
        yield tree
    finally:
        tree.close()


def open_again(spec: dict[str, Any]) -> Tree:
    """Open in this process the tree that another one described by `Tree.spec`."""
    path = Path(spec["path"])
    if spec["kind"] == "zip":
        return zip_tree(path)
    if spec["kind"] == "tar":
        return tar_again(path, Path(spec["plain"]))
    return FolderTree(path, {})


def first_bytes(path: Path) -> bytes:
    """Return the first bytes of a file, of a compressed one those inside."""
    with reading(path), path.open("rb") as file:
        start = file.read(_START)
    for magic, opened in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open)):
        if start.startswith(magic):
            with (
                suppress(OSError, EOFError, zlib.error, lzma.LZMAError, ValueError),
                cast(Any, opened)(path, "rb") as inside,
            ):
                return inside.read(_START)
    return start


def is_tar(start: bytes) -> bool:
    """Whether a file that starts so is a tar archive."""
    return start[257:262] == b"ustar"


def _open(path: Path, cache: Path) -> Tree:
    if path.is_dir():
        return folder_tree(path)
    start = first_bytes(path)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zip_tree(path)
    if is_tar(start):
        return tar_tree(path, cache)
    return one_file_tree(path)
