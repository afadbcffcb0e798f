"""Kernels compiled for this processor at their first use, and kept on disk where that can be."""

import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import numba
from numba.core import config

from versus.backend import torch
from versus.training.kernels.kept import KernelCache
from versus.training.kernels.team import at_once, in_pieces, starter

Kernel = Callable[..., Any]
# The same kernels on several threads.
_pieces: dict[Kernel, Kernel] = {}
# Values a thread. To hand a part over takes as long as a hundredth of these while threads wait for
# the next one, as a third where they have gone to sleep.
WORTH_A_THREAD = 2**18


def compiled(function: Kernel | None = None, *, contract: bool = False) -> Any:
    """Return a kernel as machine code, made at its first call for each type of its arguments.

    No fast arithmetic: what it computes follows IEEE 754, NaN and infinity too. The code is kept
    beside the source or in the user's cache; where neither can be written, for the process.

    Args:
        function: the kernel, plain Python over arrays; None for a decorator with options.
        contract: a product and a sum may be one fused operation, rounded once.
    """
    if function is None:
        return partial(compiled, contract=contract)
    how = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"} if contract else False}
    kernel = _kept(function, how)
    _pieces[kernel] = _kept(in_pieces(function, kernel), how)
    return kernel


def _kept(function: Kernel, how: dict[str, Any]) -> Any:
    # What is kept goes by this name and the function's file; other files here are part of it too.
    function.__qualname__ += f"_{_sources()}"
    kernel: Any = numba.njit(**how)(function)
    with suppress(RuntimeError):  # numba's own, where nothing can be written
        kernel._cache = KernelCache(function)  # noqa: SLF001  # as its `enable_caching` does
    return kernel


@cache
def _sources() -> str:
    """Return a number for what all kernels are written in."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return f"{zlib.crc32(b''.join(file.read_bytes() for file in files)):08x}"


def inlined(function: Kernel) -> Any:
    """Return a part of kernels, which stands in each as if it had been written there."""
    return numba.njit(nogil=True, error_model="numpy", inline="always")(function)


def usable() -> bool:
    """Return whether kernels are compiled here; interpreted, they would take for ever."""
    return not getattr(config, "DISABLE_JIT", False)


def run(kernel: Kernel, count: int, values: int, *arguments: Any) -> None:
    """Run a kernel over pictures 0 to `count`, on as many threads as torch computes with.

    Args:
        kernel: takes the first picture, the one after the last, and the arguments. Pictures do not
            depend on each other, so the result does not on the threads.
        count: of pictures.
        values: numbers it reads, to know whether several threads are worth it.
        arguments: arrays and numbers.
    """
    parts = threads(count, values)
    if parts < 2:
        kernel(0, count, *arguments)
        return
    start = starter()
    if start is not None:
        if _pieces[kernel](start, parts, count, *arguments):
            raise MemoryError(f"{kernel.__name__}: a part of it could not be done")
        return

    def piece(part: int) -> None:
        kernel(count * part // parts, count * (part + 1) // parts, *arguments)

    at_once(parts, piece)


def threads(count: int, values: int) -> int:
    """Return on how many threads `run` does so many pictures and values."""
    return max(1, min(torch.get_num_threads(), count, values // WORTH_A_THREAD))
