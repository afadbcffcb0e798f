"""The largest of a 2x2 window, as torch has it: of equals the first, and NaN wins.

Kept code of a kernel goes by the kernel's own file: after a change here, touch those that call it.
"""

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
