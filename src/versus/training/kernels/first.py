"""The first convolution of a net that reads grey pictures, together with the pooling behind it.

Products with one input channel are too few for oneDNN, which is made for many, and what they give
is the largest thing in a small net: 11 MB for 128 pictures and 32 filters. Here each 2x2 window is
convolved and pooled at once, so that only the quarter that is left is ever written; the gradient
of the filters needs no more than that.

`rows` and `columns` are tuples as long as the filters are high and wide: their length is known
when the kernel is compiled, so that its innermost loops vanish.
"""

from typing import Any

from versus.training.kernels.compiled import compiled, inlined
from versus.training.kernels.pooling import NOWHERE
from versus.training.kernels.window import largest

Array = Any


@inlined
def _window(
    x: Array, kernel: Array, bias: Array, behind: Any, out: Array, where: Array, rows: Any,
    columns: Any, n: int, i: int, j: int, down: int, right: int,
) -> None:  # fmt: skip
    """Fill place (i, j) of picture n; `down`, `right`: 1, or 0 where the window is cut off."""
    top, left = 2 * i, 2 * j
    low, factor, shift, floor = behind
    for f in range(out.shape[3]):
        a, b, c, d = bias[f], bias[f], bias[f], bias[f]
        for row in range(len(rows)):
            for column in range(len(columns)):
                weight = kernel[row, column, f]
                a += x[n, top + row, left + column] * weight
                b += x[n, top + row, left + right + column] * weight
                c += x[n, top + down + row, left + column] * weight
                d += x[n, top + down + row, left + right + column] * weight
        most, at = largest(a, b, c, d)
        below = most <= low
        scaled = factor[f] * (low if below else most) + shift[f]
        out[n, i, j, f] = floor if scaled < floor else scaled
        if where.size:
            where[n, i, j, f] = NOWHERE if below else at


@compiled(contract=True)
def convolve_pool(
    first: int, last: int, x: Array, kernel: Array, bias: Array, behind: Any, out: Array,
    where: Array, rows: Any, columns: Any,
) -> None:  # fmt: skip
    """Convolve, pool by 2x2, and give `max(factor * max(largest, low) + shift, floor)`.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: `[n, h, w]`, padded.
        kernel: `[rows, columns, filters]`.
        bias: `[filters]`.
        behind: low, factor, shift and floor, numbers or `[filters]`.
        out: `[n, i, j, filters]`, with i and j half of what the convolution gives, rounded down,
            or up: the last windows are cut off then.
        where: uint8 of the same shape, which of the four was largest, NOWHERE if `low` was; empty
            if that is not wanted.
        rows: as long as the kernel is high.
        columns: as long as it is wide.
    """
    _, height, width = x.shape
    high, wide = (height - len(rows) + 1) // 2, (width - len(columns) + 1) // 2
    for n in range(first, last):
        for i in range(high):
            for j in range(wide):
                _window(x, kernel, bias, behind, out, where, rows, columns, n, i, j, 1, 1)
        for i in range(out.shape[1]):
            for j in range(wide if i < high else 0, out.shape[2]):
                down, right = int(i < high), int(j < wide)
                _window(x, kernel, bias, behind, out, where, rows, columns, n, i, j, down, right)


@inlined
def _share(
    x: Array, gradient: Array, where: Array, sums: Array, rows: Any, columns: Any,
    n: int, i: int, j: int, down: int, right: int,
) -> None:  # fmt: skip
    """Add what place (i, j) of picture n gives to the gradients of filters and bias."""
    top, left = 2 * i, 2 * j
    zero = sums.dtype.type(0)
    filters = gradient.shape[3]
    for row in range(len(rows)):  # few sums at a time, which stay in registers
        for f in range(filters):
            given, at = gradient[n, i, j, f], where[n, i, j, f]
            a = given if at == 0 else zero
            b = given if at == 1 else zero
            c = given if at == 2 else zero
            d = given if at == 3 else zero
            for column in range(len(columns)):
                sums[n, row * len(columns) + column, f] += (
                    x[n, top + row, left + column] * a
                    + x[n, top + row, left + right + column] * b
                    + x[n, top + down + row, left + column] * c
                    + x[n, top + down + row, left + right + column] * d
                )
    for f in range(filters):
        if where[n, i, j, f] != NOWHERE:
            sums[n, len(rows) * len(columns), f] += gradient[n, i, j, f]


@compiled(contract=True)
def convolve_pool_gradient(
    first: int, last: int, x: Array, gradient: Array, where: Array, sums: Array, rows: Any,
    columns: Any,
) -> None:  # fmt: skip
    """Add up, picture by picture, the gradients of the filters and, last, of the bias.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: `[n, h, w]`, padded.
        gradient: `[n, i, j, filters]`, of what `convolve_pool` gave.
        where: as it gave it.
        sums: zeros `[n, rows * columns + 1, filters]`.
        rows: as long as the kernel is high.
        columns: as long as it is wide.
    """
    _, height, width = x.shape
    high, wide = (height - len(rows) + 1) // 2, (width - len(columns) + 1) // 2
    for n in range(first, last):
        for i in range(high):
            for j in range(wide):
                _share(x, gradient, where, sums, rows, columns, n, i, j, 1, 1)
        for i in range(gradient.shape[1]):
            for j in range(wide if i < high else 0, gradient.shape[2]):
                down, right = int(i < high), int(j < wide)
                _share(x, gradient, where, sums, rows, columns, n, i, j, down, right)
