"""Pictures mapped from a file: read where they are needed, never copied whole, let go again."""

import mmap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]

BLOCK = 8 * 2**20
"""Bytes that are read at once where all of a large array is gone through."""


def map_images(path: Path, shape: tuple[int, ...]) -> Images:
    """Return the uint8 array in a file, read-only, without reading it."""
    if 0 in shape:
        return np.zeros(shape, np.uint8)
    return np.memmap(path, np.uint8, mode="r", shape=shape)


def mapped(images: npt.NDArray[Any]) -> np.memmap[Any, Any] | None:
    """Return the memory map that an array is a view of, None where it lies in memory."""
    found: Any = images
    last: np.memmap[Any, Any] | None = None
    while isinstance(found, np.ndarray):
        if isinstance(found, np.memmap) and isinstance(found.base, mmap.mmap):
            last = found
        found = found.base
    return last


def location(images: npt.NDArray[Any]) -> tuple[str, int] | None:
    """Return (path, offset) of an array that is one piece of a mapped file, else None."""
    whole = mapped(images)
    if whole is None or not images.flags.c_contiguous or whole.filename is None:
        return None
    start = images.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return str(whole.filename), int(whole.offset) + int(start)


def map_again(path: str, offset: int, shape: tuple[int, ...]) -> Images:
    """Return the array at a `location`, in any process."""
    return np.memmap(path, np.uint8, mode="r", offset=offset, shape=shape)


def release(images: npt.NDArray[Any]) -> None:
    """Let the system take back the memory that holds what was read of a mapped array."""
    whole = mapped(images)
    if whole is not None and hasattr(mmap, "MADV_DONTNEED"):
        with suppress(OSError, ValueError):
            whole.base.madvise(mmap.MADV_DONTNEED)


def blocks(images: Images) -> Iterator[Images]:
    """Yield all of an array in order, in contiguous pieces of about `BLOCK` bytes.

    What was read of a mapped array is let go again.
    """
    rows = max(1, BLOCK // max(1, images[:1].nbytes))
    for start in range(0, len(images), rows):
        yield np.ascontiguousarray(images[start : start + rows])
        release(images)
