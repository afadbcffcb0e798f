"""One tile of a convolution with fewer products: to its values at the points, and from there.

Pictures are `[n, h, w, c]`, values `[points, tiles, c]`, both without gaps. `patch` and `half` are
memory for what lies between: a tile as it is cut out, and what is combined one way only,
`[side, side, lanes]`.
"""

from typing import Any

import numpy as np

from versus.training.kernels.compiled import inlined
from versus.training.kernels.vectors import (
    clear,
    find_places,
    look_up,
    look_up_back,
    look_up_back_add,
    look_up_gradient,
    move,
    move_add,
)

Array = Any


@inlined
def address(array: Array, element: int) -> Any:
    """Return where an element lies."""
    return np.intp(array.ctypes.data) + element * array.itemsize


@inlined
def cut_out(x: Array, patch: Array, lanes: int, n: int, top: int, left: int, side: int) -> None:
    """Copy the square of picture n from (top, left) on; zeros where there is no picture."""
    _, height, width, channels = x.shape
    like = x.dtype.type(0)
    begin, end = max(0, -left) * channels, max(0, min(side, width - left)) * channels
    for i in range(side):
        to = i * side * channels
        inside = 0 <= top + i < height
        start, stop = (begin, end) if inside else (0, 0)
        source = ((n * height + top + i) * width + left) * channels
        for c in range(0, start, lanes):
            clear(like, address(patch, to + c))
        for c in range(start, stop, lanes):
            move(like, address(x, source + c), address(patch, to + c))
        for c in range(stop, side * channels, lanes):
            clear(like, address(patch, to + c))


@inlined
def square(x: Array, patch: Array, lanes: int, n: int, top: int, left: int, side: int) -> Any:
    """Return where a square of picture n lies, cut out if need be, and how many a row holds."""
    _, height, width, channels = x.shape
    if top >= 0 and left >= 0 and top + side <= height and left + side <= width:
        source, below = address(x, ((n * height + top) * width + left) * channels), width
    else:
        cut_out(x, patch, lanes, n, top, left, side)
        source, below = address(patch, 0), side
    return source, below


@inlined
def look_up_tile(
    x: Array, patch: Array, half: Array, values: Array, tile: int, n: int, top: int, left: int,
    places: Any, taps: Any,
) -> None:  # fmt: skip
    """Fill `values[:, tile]` from what lies in picture n from (top, left) on."""
    channels = x.shape[3]
    side, like = len(places) + len(taps) - 1, x.dtype.type(0)
    lanes, size, far = half.shape[2], x.itemsize, values.shape[1] * channels
    source, below = square(x, patch, lanes, n, top, left, side)
    middle = address(half, 0)
    for c in range(0, channels, lanes):
        for j in range(side):
            look_up(
                places, taps, like, source + (j * channels + c) * size, below * channels,
                middle + j * lanes * size, side * lanes,
            )  # fmt: skip
        for i in range(side):
            look_up(
                places, taps, like, middle + i * side * lanes * size, lanes,
                address(values, i * side * far + tile * channels + c), far,
            )  # fmt: skip


@inlined
def add_back(
    values: Array, patch: Array, half: Array, out: Array, tile: int, n: int, top: int, left: int,
    places: Any, taps: Any,
) -> None:  # fmt: skip
    """Add to picture n, from (top, left) on, what the gradient of `values[:, tile]` gives."""
    _, height, width, channels = out.shape
    side, like = len(places) + len(taps) - 1, out.dtype.type(0)
    lanes, size, far = half.shape[2], out.itemsize, values.shape[1] * channels
    middle = address(half, 0)
    whole = top >= 0 and left >= 0 and top + side <= height and left + side <= width
    for c in range(0, channels, lanes):
        for j in range(side):
            look_up_back(
                places, taps, like, address(values, j * far + tile * channels + c), side * far,
                middle + j * lanes * size, side * lanes,
            )  # fmt: skip
        for i in range(side):
            source = middle + i * side * lanes * size
            if whole:
                place = ((n * height + top + i) * width + left) * channels + c
                look_up_back_add(places, taps, like, source, lanes, address(out, place), channels)
            else:
                to = address(patch, i * side * channels + c)
                look_up_back(places, taps, like, source, lanes, to, channels)
    if not whole:
        begin, end = max(0, -left) * channels, min(side, width - left) * channels
        for i in range(max(0, -top), min(side, height - top)):
            source, to = i * side * channels, ((n * height + top + i) * width + left) * channels
            for c in range(begin, end, lanes):
                move_add(like, address(patch, source + c), address(out, to + c))


@inlined
def look_up_places(
    x: Array, patch: Array, half: Array, values: Array, tile: int, n: int, top: int, left: int,
    places: Any, taps: Any,
) -> None:  # fmt: skip
    """Fill `values[:, tile]` from the gradient of the places from (top, left) on."""
    channels = x.shape[3]
    m, side, like = len(places), len(places) + len(taps) - 1, x.dtype.type(0)
    lanes, size, far = half.shape[2], x.itemsize, values.shape[1] * channels
    source, below = square(x, patch, lanes, n, top, left, m)
    middle = address(half, 0)
    for c in range(0, channels, lanes):
        for j in range(m):
            look_up_gradient(
                places, taps, like, source + (j * channels + c) * size, below * channels,
                middle + j * lanes * size, m * lanes,
            )  # fmt: skip
        for i in range(side):
            look_up_gradient(
                places, taps, like, middle + i * m * lanes * size, lanes,
                address(values, i * side * far + tile * channels + c), far,
            )  # fmt: skip


@inlined
def find_tile(
    products: Array, patch: Array, half: Array, out: Array, tile: int, n: int, top: int, left: int,
    places: Any, taps: Any,
) -> None:  # fmt: skip
    """Fill the places of picture n from (top, left) on from `products[:, tile]`."""
    _, height, width, filters = out.shape
    m, side, like = len(places), len(places) + len(taps) - 1, out.dtype.type(0)
    lanes, size, far = half.shape[2], out.itemsize, products.shape[1] * filters
    whole = top + m <= height and left + m <= width
    if whole:
        target, below = address(out, ((n * height + top) * width + left) * filters), width
    else:
        target, below = address(patch, 0), m
    middle = address(half, 0)
    for f in range(0, filters, lanes):
        for j in range(side):
            find_places(
                places, taps, like, address(products, j * far + tile * filters + f), side * far,
                middle + j * lanes * size, side * lanes,
            )  # fmt: skip
        for i in range(m):
            find_places(
                places, taps, like, middle + i * side * lanes * size, lanes,
                target + (i * below * filters + f) * size, filters,
            )  # fmt: skip
    if not whole:
        for i in range(min(m, height - top)):
            source, to = i * m * filters, ((n * height + top + i) * width + left) * filters
            for f in range(0, min(m, width - left) * filters, lanes):
                move(like, address(patch, source + f), address(out, to + f))
