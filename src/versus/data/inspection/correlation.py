"""How alike two pictures are, pixel by pixel, at the best shift by one pixel."""

from dataclasses import dataclass

import numpy as np

from versus.data.dataset import Images
from versus.data.inspection.embedding import reduced
from versus.data.inspection.rows import Floats, Rows, in_threads, take

CHUNK_BYTES = 2**18
"""Bytes of pictures compared together: as floats, cut and shifted, they stay in a cache."""


@dataclass(frozen=True, eq=False)
class Likeness:
    """What is alike in pairs of pictures, and what is not.

    Attributes:
        correlation: float32 `[p]`, of all pixels and channels, from -1 to 1; 0 where a picture is
            of one value throughout. Brighter or darker, by a factor or a constant, is alike.
        residual: float32 `[p]`, in grey levels of 0 to 255: root mean square of what still differs
            once brightness and contrast are made the same (those between the two pictures').
    """

    correlation: Floats
    residual: Floats


def compare(first: Images, second: Images, pairs: Rows, factor: int = 1) -> Likeness:
    """Compare pairs of pictures, each at the best of nine shifts: none, or by one pixel.

    The second picture without its outermost pixels is held against the first, cut in the same
    size at each of the nine places.

    Args:
        first: uint8 `[n, height, width, channels]`.
        second: the same, of the same shape.
        pairs: int64 `[p, 2]`: row in `first`, row in `second`.
        factor: pictures are averaged down by this before.
    """
    step = max(1, CHUNK_BYTES // int(np.prod(first.shape[1:])))
    parts = [pairs[start : start + step] for start in range(0, len(pairs), step)]

    def part(some: Rows) -> Likeness:
        moving = reduced(take(first, some[:, 0]), factor)
        return _compare(moving, reduced(take(second, some[:, 1]), factor))

    found = in_threads(part, parts)
    none = np.empty(0, np.float32)
    return Likeness(
        np.concatenate([none, *(each.correlation for each in found)]),
        np.concatenate([none, *(each.residual for each in found)]),
    )


def _compare(moving: Floats, still: Floats) -> Likeness:
    # A side of one or two pixels has no middle to hold against: it is not shifted.
    down, right = (1 if side > 2 else 0 for side in still.shape[1:3])
    height, width = still.shape[1] - 2 * down, still.shape[2] - 2 * right
    count, pixels = len(still), height * width * still.shape[3]
    still = still[:, down : down + height, right : right + width]
    still = (still - still.mean(axis=(1, 2, 3), keepdims=True)).reshape(count, pixels)
    own = np.einsum("np,np->n", still, still) / pixels
    correlation, residual = np.full((2, count), -1, np.float32)
    for top in range(2 * down + 1):
        for left in range(2 * right + 1):
            cut = moving[:, top : top + height, left : left + width].reshape(count, pixels)
            spread = np.einsum("np,np->n", cut, cut) / pixels - cut.mean(axis=1) ** 2
            # `still` has no mean, so that of `cut` adds nothing to their product.
            product = np.einsum("np,np->n", cut, still) / pixels
            norm = np.sqrt(np.maximum(spread, 0) * own)
            here = product * (norm > 1) / np.maximum(norm, 1)
            better = here > correlation
            correlation[better] = here[better]
            residual[better] = np.sqrt(norm * np.maximum(1 - here**2, 0))[better]
    return Likeness(correlation, residual)
