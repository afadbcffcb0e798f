"""Convolutions over one channel: the first of a net that reads grey pictures.

oneDNN is made for many channels: the gradient of 16 such filters takes it eight times as long as
here. A vector holds filters; so many places of a row, or taps of the kernel, are made at once.

`places` is a tuple as long as there are places at once, `taps` as a kernel is wide, `columns` as
there are vectors of filters at once: known when a kernel is compiled. Filters are whole vectors.
Pictures are padded, `[n, h, w]`, what comes of them `[n, i, j, filters]`, all without gaps.
"""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import compiled
from versus.training.kernels.tiles import address
from versus.training.kernels.vectors import BYTES, move, multiply, multiply_add

Array = Any


@compiled
def convolve_one(
    first: int, last: int, x: Array, kernel: Array, bias: Array, out: Array, down: int, right: int,
    places: Any, columns: Any,
) -> None:  # fmt: skip
    """Convolve pictures.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: pictures.
        kernel: `[rows, columns, filters]`.
        bias: `[filters]`.
        out: is filled.
        down: rows from one place to the next.
        right: columns.
        places: as many of a row at once; not more than it has.
        columns: as many vectors of filters.
    """
    _, height, width, filters = out.shape
    _, above, across = x.shape
    high, wide, _ = kernel.shape
    like, size, lanes = x.dtype.type(0), x.itemsize, BYTES // x.itemsize
    for n in range(first, last):
        for i in range(height):
            for begin in range(0, width, len(places)):
                j = min(begin, width - len(places))  # the last ones may be made twice
                for f in range(0, filters, lanes * len(columns)):
                    c = address(out, ((n * height + i) * width + j) * filters + f)
                    for place in range(len(places)):
                        for vector in range(len(columns)):
                            g = vector * lanes
                            move(like, address(bias, f + g), c + (place * filters + g) * size)
                    for row in range(high):
                        a = address(x, (n * above + i * down + row) * across + j * right)
                        b = address(kernel, row * wide * filters + f)
                        multiply_add(
                            places, columns, like, a, right, 1, b, filters, c, filters, wide
                        )


@compiled
def convolve_one_gradient(
    first: int, last: int, x: Array, gradient: Array, sums: Array, ones: Array, turned: Array,
    out: Array, down: int, steps: Any, taps: Any, columns: Any, places: Any, back: Any,
) -> None:  # fmt: skip
    """Add up, picture by picture, the gradients of the kernel and of the bias; of the pictures too.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: pictures.
        gradient: of what `convolve_one` gave.
        sums: zeros `[n, rows * columns + 1, filters]`, to which the first are added.
        ones: as many as a row of the gradient has places.
        turned: `[filters, taps]`, the kernel's taps row by row, filled up to whole vectors.
        out: zeros as the pictures, to which the gradient is added; none if it is not wanted.
        down: rows from one place to the next.
        steps: as long as there are columns from one place to the next.
        taps: as long as the kernel is wide.
        columns: as many vectors of filters at once.
        places: as many of a row at once; not more than it has.
        back: as many vectors as a row of `turned` has.
    """
    _, height, width, filters = gradient.shape
    _, above, across = x.shape
    wide, right, like, one = len(taps), len(steps), x.dtype.type(0), (0,)
    entries, lanes = sums.shape[1], BYTES // x.itemsize
    high = (entries - 1) // wide
    shares = np.empty((width, lanes * len(back)), x.dtype)
    for n in range(first, last):
        for i in range(height):
            given = address(gradient, (n * height + i) * width * filters)
            for f in range(0, filters, lanes * len(columns)):
                b = given + f * x.itemsize
                for row in range(high):
                    a = address(x, (n * above + i * down + row) * across)
                    c = address(sums, (n * entries + row * wide) * filters + f)
                    multiply_add(taps, columns, like, a, 1, right, b, filters, c, filters, width)
                a, c = address(ones, 0), address(sums, (n * entries + entries - 1) * filters + f)
                multiply_add(one, columns, like, a, 1, 1, b, filters, c, filters, width)
            if len(out):
                b, t = address(turned, 0), turned.shape[1]
                for begin in range(0, width, len(places)):
                    j = min(begin, width - len(places))  # the last ones may be made twice
                    a, c = given + j * filters * x.itemsize, address(shares, j * t)
                    multiply(places, back, like, a, filters, 1, b, t, c, t, filters)
                for row in range(high):
                    line = out[n, i * down + row]
                    for column in range(wide):
                        for place in range(width):
                            line[place * right + column] += shares[place, row * wide + column]
