"""Which rows of numbers lie nearest to which: all against all, in blocks, by matrix products."""

import numpy as np
import numpy.typing as npt

from versus.data.inspection.rows import Floats, Rows, in_threads

BLOCK_ROWS, BLOCK_COLUMNS = 256, 2048
"""A block of products, 2 MiB, stays in a core's cache while it is looked through."""


def nearest_rows(rows: Floats, others: Floats, *, least: float, most: int) -> Rows:
    """Return pairs of a row and one of `others` whose product is among the row's largest.

    Of each row the two nearest in each block of 2,048 are considered, and the `most` nearest of
    all these are returned: a row with hundreds of neighbours cannot crowd out other rows.

    Args:
        rows: float32 `[n, d]`, of length 1.
        others: float32 `[m, d]`; where it is `rows` itself, each row is held against those before
            it alone.
        least: smaller products are no neighbours.
        most: neighbours of a row.

    Returns:
        int64 `[p, 2]`: row in `rows`, row in `others`, by the first.
    """
    itself = rows is others

    def search(start: int) -> Rows:
        mine = rows[start : start + BLOCK_ROWS]
        before = min(len(others), start + BLOCK_ROWS) if itself else len(others)
        found = _nearest(mine, others[:before], start if itself else None, least, most)
        found[:, 0] += start
        return found

    found = in_threads(search, list(range(0, len(rows), BLOCK_ROWS)))
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def _nearest(mine: Floats, others: Floats, itself: int | None, least: float, most: int) -> Rows:
    """Return the pairs of the rows of one block; `itself` is the first one's row in `others`."""
    lefts = list(range(0, len(others), BLOCK_COLUMNS))
    best = np.full((2 * len(lefts), len(mine)), -np.inf, np.float32)
    where = np.zeros((2 * len(lefts), len(mine)), np.int64)
    for number, left in enumerate(lefts):
        products = mine @ others[left : left + BLOCK_COLUMNS].T
        if itself is not None and left + products.shape[1] > itself:
            column: npt.NDArray[np.int64] = np.arange(products.shape[1], dtype=np.int64) + left
            own = np.arange(len(mine), dtype=np.int64) + itself
            later: npt.NDArray[np.bool_] = column[None, :] >= own[:, None]
            products[later] = -np.inf
        highest = products.max(axis=1)
        near = np.flatnonzero(highest >= least)
        if not len(near):
            continue
        few, index = products[near], np.arange(len(near))
        for rank in (2 * number, 2 * number + 1):
            nearest = few.argmax(axis=1)
            best[rank, near], where[rank, near] = few[index, nearest], left + nearest
            few[index, nearest] = -np.inf
    order = np.argsort(-best, axis=0, kind="stable")[:most].T
    values, places = np.take_along_axis(best.T, order, 1), np.take_along_axis(where.T, order, 1)
    row, neighbour = np.nonzero(values >= least)
    return np.stack([row, places[row, neighbour]], axis=1)
