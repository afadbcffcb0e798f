"""Sums over a batch that batch normalisation needs: float64 `[n, 2, c]`, one row a picture."""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import compiled

Array = Any


@compiled
def moments(first: int, last: int, x: Array, low: Any, near: Array, out: Array) -> None:
    """Sum the values of `x` `[n, h, w, c]`, none below `low`, and their squares.

    Measured from `near` `[c]`, roughly the means, so that nothing is lost where those are large.
    """
    _, height, width, channels = x.shape
    for n in range(first, last):
        total, squares = np.zeros(channels, x.dtype), np.zeros(channels, x.dtype)
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    value = x[n, i, j, c]
                    value = (low if value < low else value) - near[c]
                    total[c] += value
                    squares[c] += value * value
        for c in range(channels):
            out[n, 0, c] = total[c]
            out[n, 1, c] = squares[c]


@compiled
def gradient_sums(
    first: int,
    last: int,
    chosen: Array,
    gradient: Array,
    factor: Array,
    shift: Array,
    floor: Any,
    mean: Array,
    out: Array,
) -> None:
    """Sum the gradient g of what `scale_pool` gave where it passes the floor; g (chosen - mean)."""
    _, height, width, channels = chosen.shape
    zero = chosen.dtype.type(0)
    for n in range(first, last):
        total, product = np.zeros_like(mean), np.zeros_like(mean)
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    value = chosen[n, i, j, c]
                    above = factor[c] * value + shift[c] > floor
                    passed = gradient[n, i, j, c] if above else zero
                    total[c] += passed
                    product[c] += passed * (value - mean[c])
        for c in range(channels):
            out[n, 0, c] = total[c]
            out[n, 1, c] = product[c]
