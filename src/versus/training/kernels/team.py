"""Work for several threads at once, on torch's own where they can be had.

torch's threads are those of OpenMP, and after each of its calls they wait for the next one at full
speed, for a tenth of a millisecond or more. Other threads find their cores taken: a step of `lab`
on two cores took 20.6 ms in place of 13.5. So what is shared out here goes to the same threads, by
the one function of libgomp that every compiled `#pragma omp parallel` calls.
"""

import ctypes
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from typing import Any

from versus.backend import torch

Piece = Callable[[int], None]
_BODY = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_PROCESS = os.getpid()
_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}


def at_once(parts: int, piece: Piece) -> None:
    """Call `piece(0)` to `piece(parts - 1)`, each on a thread of its own; raise what one raises."""
    # A fork has none of its parent's threads, and libgomp would wait for them.
    parallel = _openmp() if os.getpid() == _PROCESS else None
    if parallel is None:
        _by_pool(parts, piece)
        return
    # Which thread gets which part does not matter; if there are fewer, one takes several.
    left, raised = itertools.count(), []

    def body(_: Any) -> None:
        try:
            while (part := next(left)) < parts:
                piece(part)
        except BaseException as error:  # nothing may leave through the C function
            raised.append(error)

    parallel(_BODY(body), None, parts, 0)
    if raised:
        raise raised[0]


@cache
def _openmp() -> Any:
    """Return `GOMP_parallel` of the library that torch brings along; None where it has another."""
    for path in sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*")):
        parallel = ctypes.CDLL(str(path)).GOMP_parallel
        parallel.argtypes = [_BODY, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
        parallel.restype = None
        return parallel
    return None


def _by_pool(parts: int, piece: Piece) -> None:
    """Do it on plain threads."""
    pool = _pool(parts - 1)
    others = [pool.submit(piece, part) for part in range(1, parts)]
    piece(0)
    wait(others)
    for other in others:
        other.result()


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return waiting threads; those of a parent are not there after a fork."""
    key = os.getpid(), threads
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix="versus-kernel")
    return _pools[key]
