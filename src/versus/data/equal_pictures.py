"""Equal pictures: those of one split that are in another, pixel for pixel."""

import hashlib

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Images, Split


def equal_pictures(a: Split, b: Split) -> npt.NDArray[np.int64]:
    """Return the pairs of pictures that are the same in `a` and `b`, by their content.

    Args:
        a: any split.
        b: another split; pictures of another shape are never equal.

    Returns:
        int64 `[n, 2]`: a row of `a` and a row of `b`, one pair a line, sorted.
    """
    rows: dict[bytes, list[int]] = {}
    if a.images.shape[1:] == b.images.shape[1:]:
        for row, digest in enumerate(_digests(a.images)):
            rows.setdefault(digest, []).append(row)
    found = [
        (row, other)
        for other, digest in enumerate(_digests(b.images))
        for row in rows.get(digest, ())
    ]
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def _digests(images: Images) -> list[bytes]:
    return [hashlib.sha256(np.ascontiguousarray(image).data).digest() for image in images]
