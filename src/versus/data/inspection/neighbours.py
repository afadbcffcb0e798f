"""Which rows of numbers lie nearest to which: all against all, in blocks, by matrix products."""

import numpy as np

from versus.data.inspection.rows import Floats, Rows, in_threads

BLOCK_ROWS, BLOCK_COLUMNS = 256, 2048
"""A block of products, 2 MiB, stays in a core's cache while it is looked through."""


def nearest_rows(rows: Floats, others: Floats, *, least: float, most: int) -> Rows:
    """Return pairs of a row and one of `others` whose product is among the row's largest.

    Of each row the nearest one in each block of 2,048 is considered, and the `most` nearest of
    these are returned: a row with hundreds of neighbours cannot crowd out the others.

    Args:
        rows: float32 `[n, d]`, of length 1.
        others: float32 `[m, d]`; where it is `rows` itself, each row is held against those after
            it alone.
        least: smaller products are no neighbours.
        most: neighbours of a row.

    Returns:
        int64 `[p, 2]`: row in `rows`, row in `others`, by the first.
    """
    itself = rows is others

    def search(start: int) -> Rows:
        return _nearest(rows, others, start, least, most, itself)

    found = in_threads(search, list(range(0, len(rows), BLOCK_ROWS)))
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def _nearest(
    rows: Floats, others: Floats, start: int, least: float, most: int, itself: bool
) -> Rows:
    """Return the pairs of the rows of one block."""
    mine = rows[start : start + BLOCK_ROWS]
    lefts = list(range(start if itself else 0, len(others), BLOCK_COLUMNS))
    best = np.full((len(lefts), len(mine)), -np.inf, np.float32)
    where = np.zeros((len(lefts), len(mine)), np.int64)
    for number, left in enumerate(lefts):
        products = mine @ others[left : left + BLOCK_COLUMNS].T
        if itself and left == start:
            products[np.tril_indices(*products.shape[:1], m=products.shape[1])] = -np.inf
        best[number] = products.max(axis=1)
        near = np.flatnonzero(best[number] >= least)
        where[number, near] = left + products[near].argmax(axis=1)
    order = np.argsort(-best, axis=0, kind="stable")[:most].T
    values, places = np.take_along_axis(best.T, order, 1), np.take_along_axis(where.T, order, 1)
    row, neighbour = np.nonzero(values >= least)
    return np.stack([start + row, places[row, neighbour]], axis=1)
