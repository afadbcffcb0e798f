"""`max(factor * max(x, low) + shift, floor)`, then the largest of every 2x2 window; gradients.

That is batch normalisation once its statistics are known, with a ReLU before it, behind it or both,
and pooling. `x` is `[n, h, w, c]`; `factor` and `shift` are `[c]`; `low` and `floor` are minus
infinity for none. Of equals the first of a window is taken, as torch does, and NaN wins.

What is remembered of a window, `[n, h // 2, w // 2, c]`: `chosen`, the `max(x, low)` that gave the
largest, and `where`, uint8, which of the four it was. What the statistics add to the gradient, of
which every value of the batch has a share, comes as `constant + slope * max(x, low)`, both `[c]`.
"""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import compiled
from versus.training.kernels.window import largest

Array = Any


@compiled
def scale_pool(
    first: int,
    last: int,
    x: Array,
    low: Any,
    factor: Array,
    shift: Array,
    floor: Any,
    out: Array,
    chosen: Array,
    where: Array,
) -> None:
    """Scale and pool `x` into `out`, `chosen` and `where`."""
    _, height, width, channels = x.shape
    for n in range(first, last):
        for i in range(height // 2):
            for j in range(width // 2):
                for c in range(channels):
                    x0, x1 = x[n, 2 * i, 2 * j, c], x[n, 2 * i, 2 * j + 1, c]
                    x2, x3 = x[n, 2 * i + 1, 2 * j, c], x[n, 2 * i + 1, 2 * j + 1, c]
                    most, at = largest(
                        factor[c] * (low if x0 < low else x0) + shift[c],
                        factor[c] * (low if x1 < low else x1) + shift[c],
                        factor[c] * (low if x2 < low else x2) + shift[c],
                        factor[c] * (low if x3 < low else x3) + shift[c],
                    )
                    out[n, i, j, c] = floor if most < floor else most
                    where[n, i, j, c] = at
                # A loop of its own: with three writes the compiler makes no vectors of 16 channels.
                for c in range(channels):
                    at = where[n, i, j, c]
                    x0, x1 = x[n, 2 * i, 2 * j, c], x[n, 2 * i, 2 * j + 1, c]
                    x2, x3 = x[n, 2 * i + 1, 2 * j, c], x[n, 2 * i + 1, 2 * j + 1, c]
                    upper, lower = x0 if at == 0 else x1, x2 if at == 2 else x3
                    value = upper if at < 2 else lower
                    chosen[n, i, j, c] = low if value < low else value


@compiled
def scale_pool_gradient(
    first: int,
    last: int,
    x: Array,
    low: Any,
    where: Array,
    passed: Array,
    constant: Array,
    slope: Array,
    out: Array,
) -> None:
    """Write the gradient for `x` into `out`, given the share of it that each window passes on."""
    _, height, width, channels = x.shape
    zero = x.dtype.type(0)
    for n in range(first, last):
        for i in range(height // 2):
            for j in range(width // 2):
                for place in range(4):
                    row, column = 2 * i + place // 2, 2 * j + place % 2
                    this = np.uint8(place)
                    for c in range(channels):
                        value = x[n, row, column, c]
                        share = passed[n, i, j, c] if where[n, i, j, c] == this else zero
                        found = share + (constant[c] + slope[c] * value)
                        out[n, row, column, c] = found if value > low else zero
        for i in range(height):  # an odd last row or column is in no window
            for j in range(width // 2 * 2 if i < height // 2 * 2 else 0, width):
                for c in range(channels):
                    value = x[n, i, j, c]
                    found = constant[c] + slope[c] * value
                    out[n, i, j, c] = found if value > low else zero
