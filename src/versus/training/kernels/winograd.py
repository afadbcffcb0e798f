"""Convolutions with fewer products: pictures in tiles, each a short convolution both ways.

A tile gives m x m places of a convolution with r x r taps from (m + r - 1)^2 products a pair of
channels, in place of m^2 r^2: a quarter at 4 and 3. Tiles are taken so many at a time that all
that is made of them stays in the cache. `toom_cook.py` has the matrices and sources.

`places` and `taps` are tuples of lengths m and r, `columns` as long as there are vectors in a
step of a product: lengths are known when a kernel is compiled. Channels and filters are whole
vectors, and channels are whole times ROWS, since the kernel's gradient is made of so many rows at
once. Pictures are `[n, h, w, c]` without gaps.
"""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import compiled, inlined
from versus.training.kernels.tiles import (
    add_back,
    address,
    find_tile,
    look_up_places,
    look_up_tile,
)
from versus.training.kernels.vectors import BYTES, EACH_ROW, ROWS, multiply, multiply_add

Array = Any


@inlined
def _product(left: Array, kernel: Array, out: Array, tiles: int, columns: Any, point: int) -> None:
    """Fill `out[point]` with the product of `left[point]`, so many tiles, and `kernel[point]`."""
    _, depth, width = kernel.shape
    like = left.dtype.type(0)
    for f in range(0, width, BYTES // left.itemsize * len(columns)):
        b = address(kernel, point * depth * width + f)
        for tile in range(0, tiles, ROWS):
            a = address(left, (point * left.shape[1] + tile) * depth)
            c = address(out, (point * out.shape[1] + tile) * width + f)
            multiply(EACH_ROW, columns, like, a, depth, 1, b, width, c, width, depth)


@compiled
def convolve(
    first: int, last: int, x: Array, kernel: Array, bias: Array, out: Array, above: int,
    before: int, room: int, places: Any, taps: Any, columns: Any,
) -> None:  # fmt: skip
    """Convolve pictures.

    Args:
        first: picture to begin with.
        last: the one after the last.
        x: pictures.
        kernel: `[(m + r - 1)^2, channels, filters]`, its values at the points.
        bias: `[filters]`.
        out: is filled; its sides say where the convolution ends.
        above: rows of zeros that are thought above a picture.
        before: columns of zeros to its left.
        room: how many tiles at once, a multiple of ROWS.
        places: as long as a tile is wide.
        taps: as long as the kernel is.
        columns: as many vectors at once.
    """
    _, height, width, filters = out.shape
    m, side, channels = len(places), len(places) + len(taps) - 1, x.shape[3]
    down, across = (height + m - 1) // m, (width + m - 1) // m
    lanes, each = BYTES // x.itemsize, down * across
    # One more than there is room for: at powers of two the cache would hold few of them.
    values = np.zeros((side * side, room + 1, channels), x.dtype)
    products = np.empty((side * side, room + 1, filters), x.dtype)
    patch, half = np.empty((side, side, channels), x.dtype), np.empty((side, side, lanes), x.dtype)
    target = np.empty((m, m, filters), x.dtype)
    for begin in range(first * each, last * each, room):
        tiles = min(room, last * each - begin)
        for tile in range(tiles):
            n, place = divmod(begin + tile, each)
            i, j = divmod(place, across)
            top, left = i * m - above, j * m - before
            look_up_tile(x, patch, half, values, tile, n, top, left, places, taps)
        for point in range(side * side):
            _product(values, kernel, products, tiles, columns, point)
        # Where both coordinates are 1: what is added there is added to every place.
        for tile in range(tiles):
            for f in range(filters):
                products[side + 1, tile, f] += bias[f]
        for tile in range(tiles):
            n, place = divmod(begin + tile, each)
            i, j = divmod(place, across)
            find_tile(products, target, half, out, tile, n, i * m, j * m, places, taps)


@compiled
def convolve_gradient(
    first: int, last: int, x: Array, gradient: Array, kernel: Array, sums: Array, out: Array,
    above: int, before: int, room: int, places: Any, taps: Any, columns: Any, back: Any,
) -> None:  # fmt: skip
    """Find the gradients of the kernel's values and of the pictures, share by share.

    Args:
        first: share of the pictures to begin with.
        last: the one after the last.
        x: pictures.
        gradient: of what `convolve` gave.
        kernel: `[(m + r - 1)^2, filters, channels]`, its values at the points.
        sums: zeros `[shares, (m + r - 1)^2, channels, filters]`, to which the first is added.
        out: zeros as `x`, to which the second is added; without pictures if it is not wanted.
        above: as for `convolve`.
        before: as for `convolve`.
        room: as for `convolve`.
        places: as for `convolve`.
        taps: as for `convolve`.
        columns: as many vectors of filters at once.
        back: as many vectors of channels.
    """
    _, height, width, filters = gradient.shape
    m, side, channels = len(places), len(places) + len(taps) - 1, x.shape[3]
    down, across = (height + m - 1) // m, (width + m - 1) // m
    like, lanes, each = x.dtype.type(0), BYTES // x.itemsize, down * across
    values = np.empty((side * side, room + 1, channels), x.dtype)
    given = np.zeros((side * side, room + 1, filters), x.dtype)
    patch, half = np.empty((side, side, channels), x.dtype), np.empty((side, side, lanes), x.dtype)
    piece = np.empty((m, m, filters), x.dtype)
    step = lanes * len(columns)
    for share in range(first, last):
        start = len(x) * share // len(sums) * each
        stop = len(x) * (share + 1) // len(sums) * each
        for begin in range(start, stop, room):
            tiles = min(room, stop - begin)
            for tile in range(tiles):
                n, place = divmod(begin + tile, each)
                i, j = divmod(place, across)
                top, left = i * m - above, j * m - before
                look_up_tile(x, patch, half, values, tile, n, top, left, places, taps)
                look_up_places(gradient, piece, half, given, tile, n, i * m, j * m, places, taps)
            for point in range(side * side):
                for f in range(0, filters, step):
                    b = address(given, point * (room + 1) * filters + f)
                    for channel in range(0, channels, ROWS):
                        a = address(values, point * (room + 1) * channels + channel)
                        place = ((share * side * side + point) * channels + channel) * filters + f
                        c = address(sums, place)
                        multiply_add(
                            EACH_ROW, columns, like, a, 1, channels, b, filters, c, filters, tiles
                        )
                if len(out):  # the values are not wanted any more
                    _product(given, kernel, values, tiles, back, point)
            if len(out):
                for tile in range(tiles):
                    n, place = divmod(begin + tile, each)
                    i, j = divmod(place, across)
                    top, left = i * m - above, j * m - before
                    add_back(values, patch, half, out, tile, n, top, left, places, taps)
