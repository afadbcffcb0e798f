"""Kernels compiled for this processor at their first use, and kept on disk where that can be."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
from numba.core import config

from versus.backend import torch
from versus.training.kernels.team import at_once

Kernel = Callable[..., Any]
# Values a thread: waking one takes as long as a third of these.
WORTH_A_THREAD = 2**20


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
    try:
        return numba.njit(cache=True, **how)(function)
    except RuntimeError:  # numba's own: "no locator available"
        return numba.njit(**how)(function)


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
    bounds = [count * part // parts for part in range(parts + 1)]

    def piece(part: int) -> None:
        kernel(bounds[part], bounds[part + 1], *arguments)

    at_once(parts, piece)


def threads(count: int, values: int) -> int:
    """Return on how many threads `run` does so many pictures and values."""
    return max(1, min(torch.get_num_threads(), count, values // WORTH_A_THREAD))
