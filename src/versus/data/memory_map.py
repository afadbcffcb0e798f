"""Pictures mapped from a file: read where they are needed, never copied whole, let go again."""

import mmap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from versus.filesystem.scratch import Scratch

Images = npt.NDArray[np.uint8]

MOST_COPIED = 256 * 2**20
"""Bytes of mapped pictures that may be copied into memory."""

BLOCK = 8 * 2**20
"""Bytes that are read at once where all of a large array is gone through."""


def map_images(path: Path, shape: tuple[int, ...]) -> Images:
    """Return the uint8 array in a file, read-only, without reading it."""
    if 0 in shape:
        return np.zeros(shape, np.uint8)
    return np.memmap(path, np.uint8, mode="r", shape=shape)


# Maps whose changes stay in memory, in which nothing is changed: torch only asks that it could be.
_unchanged: WeakSet[mmap.mmap] = WeakSet()


def mapped(images: npt.NDArray[Any]) -> Any:
    """Return the memory map that an array is a view of, None where it lies in memory.

    A map whose changes stay in memory counts as memory: its values are not those of the file.
    """
    found: Any = images
    last: Any = None
    while isinstance(found, np.ndarray):
        if isinstance(found, np.memmap) and isinstance(found.base, mmap.mmap):
            last = cast(Any, found)
        found = found.base
    return None if last is None or (last.mode == "c" and last.base not in _unchanged) else last


def location(images: npt.NDArray[Any]) -> tuple[str, int] | None:
    """Return (path, offset) of an array that is one piece of a mapped file, else None."""
    whole = mapped(images)
    if whole is None or not images.flags.c_contiguous or whole.filename is None:
        return None
    if not Path(str(whole.filename)).exists():  # a file without a name
        return None
    start = images.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return str(whole.filename), int(whole.offset) + int(start)


def map_again(path: str, offset: int, shape: tuple[int, ...]) -> Images:
    """Return the array at a `location`, in any process."""
    return np.memmap(path, np.uint8, mode="r", offset=offset, shape=shape)


def writable(images: Images) -> Images:
    """Return an array of the same values that may be written to: torch takes no other.

    A copy, or of mapped pictures a map of the same file whose changes stay in memory.
    """
    place = location(images)
    if place is None:
        return np.array(images)
    found = np.memmap(place[0], np.uint8, mode="c", offset=place[1], shape=images.shape)
    _unchanged.add(cast(mmap.mmap, found.base))
    return found


def gathered(images: Images, rows: npt.NDArray[np.integer[Any]]) -> Images:
    """Return some rows of an array; many rows of mapped pictures go into a file of their own.

    The file has no name any more: it is gone with the array.
    """
    whole = mapped(images)
    size = len(rows) * (images[:1].nbytes)
    if whole is None or whole.filename is None or size <= MOST_COPIED:
        return images[rows]
    from versus.data.cache import cache_folder  # knows of sets, and these are made of maps

    scratch = Scratch(cache_folder() / "unpacked", "rows")
    try:
        at_once = max(1, BLOCK // images[:1].nbytes)
        for start in range(0, len(rows), at_once):
            scratch.append(np.ascontiguousarray(images[rows[start : start + at_once]]).data)
            release(images)
        return map_images(scratch.path, (len(rows), *images.shape[1:]))
    finally:
        scratch.remove()


def release(images: npt.NDArray[Any]) -> None:
    """Let the system take back the memory that holds what was read of a mapped array."""
    whole = mapped(images)
    if whole is not None and hasattr(mmap, "MADV_DONTNEED"):
        with suppress(OSError, ValueError):
            whole.base.madvise(mmap.MADV_DONTNEED)


class Reader:
    """Lets go of what was read of mapped pictures, every so many bytes; of others, does nothing."""

    def __init__(self, images: Images) -> None:
        """Watch over an array, which may lie in memory."""
        self._images = images if mapped(images) is not None else None
        self._bytes = 0

    def read(self, count: int) -> None:
        """Take note that so many bytes were read."""
        if self._images is not None:
            self._bytes += count
            if self._bytes > MOST_COPIED:
                release(self._images)
                self._bytes = 0


def blocks(images: Images) -> Iterator[Images]:
    """Yield all of an array in order, in contiguous pieces of about `BLOCK` bytes.

    What was read of a mapped array is let go again.
    """
    rows = max(1, BLOCK // max(1, images[:1].nbytes))
    for start in range(0, len(images), rows):
        yield np.ascontiguousarray(images[start : start + rows])
        release(images)
