"""The largest of every 2x2 window, not below a floor, and its gradient.

Of equals the first of a window is taken, as torch does, and NaN wins. `where` says which of the
four it was, or `NOWHERE`: the floor was the largest, and nothing has a gradient.
"""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import compiled
from versus.training.kernels.window import largest_at

Array = Any
NOWHERE = np.uint8(4)


@compiled
def pool(first: int, last: int, x: Array, floor: Any, out: Array, where: Array) -> None:
    """Pool `x` `[n, h, w, c]` into `out` and `where`, uint8, both `[n, h // 2, w // 2, c]`."""
    _, height, width, channels = x.shape
    for n in range(first, last):
        for i in range(height // 2):
            for j in range(width // 2):
                for c in range(channels):
                    most, at = largest_at(x, n, i, j, c)
                    below = most <= floor
                    out[n, i, j, c] = floor if below else most
                    where[n, i, j, c] = NOWHERE if below else at


@compiled
def pool_gradient(first: int, last: int, gradient: Array, where: Array, out: Array) -> None:
    """Write into `out` `[n, h, w, c]` each window's gradient where it was taken, 0 elsewhere."""
    _, height, width, channels = out.shape
    zero = out.dtype.type(0)
    for n in range(first, last):
        for i in range(height // 2):
            for j in range(width // 2):
                for place in range(4):
                    row, column = 2 * i + place // 2, 2 * j + place % 2
                    this = np.uint8(place)
                    for c in range(channels):
                        here = where[n, i, j, c] == this
                        out[n, row, column, c] = gradient[n, i, j, c] if here else zero
        out[n, height // 2 * 2 :] = zero
        out[n, :, width // 2 * 2 :] = zero
