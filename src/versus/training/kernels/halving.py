"""2x2 max-pooling and what stands behind it, where nothing is learnt.

`max(factor * max(largest, low) + shift, floor)`: ReLU, batch normalisation and ReLU, each of which
may be missing. Only the quarter that is left is written, and no place is noted.
"""

from typing import Any

from versus.training.kernels.compiled import compiled
from versus.training.kernels.window import largest_at

Array = Any


@compiled
def halve(first: int, last: int, x: Array, behind: Any, out: Array) -> None:
    """Pool `x` `[n, h, w, c]` into `out` `[n, h // 2, w // 2, c]`; NaN wins.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: values.
        behind: low, factor, shift and floor: numbers, minus infinity for none, and `[c]`.
        out: what is filled.
    """
    low, factor, shift, floor = behind
    _, height, width, channels = x.shape
    for n in range(first, last):
        for i in range(height // 2):
            for j in range(width // 2):
                for c in range(channels):
                    most, _ = largest_at(x, n, i, j, c)
                    scaled = factor[c] * (low if most < low else most) + shift[c]
                    out[n, i, j, c] = floor if scaled < floor else scaled
