"""The largest of a 2x2 window, as torch has it: of equals the first, and NaN wins."""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import inlined


@inlined
def largest(first: Any, second: Any, third: Any, fourth: Any) -> Any:
    """Return the largest of four numbers and, uint8, which of them it was."""
    most, at = first, np.uint8(0)
    better = (second > most) | (second != second)
    most, at = second if better else most, np.uint8(1) if better else at
    better = (third > most) | (third != third)
    most, at = third if better else most, np.uint8(2) if better else at
    better = (fourth > most) | (fourth != fourth)
    return fourth if better else most, np.uint8(3) if better else at


@inlined
def largest_at(x: Any, n: int, i: int, j: int, c: int) -> Any:
    """Return the `largest` of window (i, j) of `x` `[n, h, w, c]`, and which of the four."""
    return largest(
        x[n, 2 * i, 2 * j, c],
        x[n, 2 * i, 2 * j + 1, c],
        x[n, 2 * i + 1, 2 * j, c],
        x[n, 2 * i + 1, 2 * j + 1, c],
    )
