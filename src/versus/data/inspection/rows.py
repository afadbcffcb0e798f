"""Pictures by rows: read in chunks, on as many cores as there are, so that a file may hold them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from versus.cores import cores
from versus.data.dataset import Images

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

CHUNK_BYTES = 2 * 2**20
"""Bytes of pictures looked at together: with what is worked out of them they fit a cache."""

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


def chunks(images: Images) -> list[slice]:
    """Return slices of rows, of about `CHUNK_BYTES` each."""
    step = max(1, CHUNK_BYTES // max(1, int(np.prod(images.shape[1:]))))
    return [slice(start, start + step) for start in range(0, len(images), step)]


def in_threads(function: Callable[[_Given], _Found], parts: Sequence[_Given]) -> list[_Found]:
    """Return what `function` gives for each part, in their order.

    NumPy leaves Python's lock while it counts. The threads end here: a process without threads can
    be forked afterwards.
    """
    workers = min(cores(), len(parts))
    if workers < 2:
        return [function(part) for part in parts]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(function, parts))


def take(images: Images, wanted: Rows) -> Images:
    """Return the rows `wanted`, in their order; each is read once, as a file is read best."""
    unique, back = np.unique(wanted, return_inverse=True)
    return images[unique][back]
