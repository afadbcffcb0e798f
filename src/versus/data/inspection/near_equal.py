"""Near-equal pictures: the same picture shifted by a pixel, brighter, darker, or as a JPEG again.

A test picture that differs from a training picture only so tests memory, as an equal one does.
Candidates are the nearest in a few numbers a picture, and each is then compared pixel by pixel.
"""

from itertools import combinations

import numpy as np

from versus.data.dataset import Dataset, Split
from versus.data.equal_pictures import MOST_EXAMPLES
from versus.data.inspection.correlation import Likeness, compare
from versus.data.inspection.embedding import compressed, describe_shapes, reduction
from versus.data.inspection.neighbours import nearest_rows
from versus.data.inspection.rows import Floats, Rows
from versus.schema import Schema

LEAST_CORRELATION = 0.98
MOST_RESIDUAL = 7.0
"""Grey levels, root mean square: what JPEG at quality 80 leaves, and no two garments do. Where
these come from is told in docs/decisions/0023-near-equal.md."""
CANDIDATE = 0.965
"""Pictures whose numbers are less alike than this are not compared."""
CANDIDATES = 8
"""At most so many pictures are compared with each."""
_LEAST_WHEN_REDUCED = 0.9  # there a shift by one pixel is one by less, which costs a little


class NearPair(Schema):
    """Two pictures that are nearly equal.

    Attributes:
        a_row, b_row: their rows in the splits they are of.
        a_label, b_label: their classes, by name.
        correlation: of their pixels, at the best shift by at most one pixel.
        residual: grey levels, root mean square, that still differ then.
    """

    a_row: int
    b_row: int
    a_label: str
    b_label: str
    correlation: float
    residual: float


class NearEqualPictures(Schema):
    """Near-equal pictures of two splits, or within one; equal ones are not among them.

    Attributes:
        a, b: names of the splits; the same name where one split holds pictures twice.
        count: pictures of `b` that have a near-equal one in `a`; within a split, an earlier one.
        pairs: how many pairs there are.
        conflicts: pairs under two labels.
        examples: those under two labels first, then those that differ least.
    """

    a: str
    b: str
    count: int
    pairs: int
    conflicts: int
    examples: list[NearPair]

    def sentence(self) -> str:
        """Return the finding in words."""
        verb = "is" if self.count == 1 else "are"
        place = f"an earlier one of {self.a}" if self.a == self.b else f"one in {self.a}"
        what = f"{self.count:,} {self.b} picture{'s'[: self.count != 1]}"
        text = f"{what} {verb} nearly equal to {place} (shifted by a pixel, brighter or repacked)"
        if not self.conflicts:
            return text
        pairs = f"{self.conflicts:,} such pair{'s'[: self.conflicts != 1]}"
        return f"{text}; {pairs} under two labels"


def near_equal_pairs(a: Split, b: Split) -> tuple[Rows, Likeness]:
    """Return near-equal pictures of two splits, or of one with itself; no equal ones.

    Args:
        a: images uint8 `[n, height, width, channels]`.
        b: the same of the same shape; the very same Split for pairs within it.

    Returns:
        int64 `[p, 2]`: row in `a`, row in `b`, in order; and how alike they are.
    """
    splits = {"a": a} if a is b else {"a": a, "b": b}
    numbers = shape_numbers(list(splits.values()))
    return _verified(a, b, numbers[0], numbers[-1])


def shape_numbers(splits: list[Split]) -> list[Floats]:
    """Return the numbers by which pictures are searched, of each split, on common axes."""
    numbers = compressed(np.concatenate([describe_shapes(split.images) for split in splits]))
    ends = np.cumsum([len(split) for split in splits])
    return [numbers[end - len(split) : end] for end, split in zip(ends, splits, strict=True)]


def find_near_equal_pictures(dataset: Dataset, *, within: bool = True) -> list[NearEqualPictures]:
    """Return what is nearly equal between each two splits and within each; only what there is.

    Args:
        dataset: its pictures are read in chunks.
        within: whether to look within splits too, which takes most of the time.
    """
    names = list(dataset.splits)
    numbers = dict(zip(names, shape_numbers(list(dataset.splits.values())), strict=True))
    places = [*((name, name) for name in names if within), *combinations(names, 2)]
    found = [_describe(dataset, a, b, numbers[a], numbers[b]) for a, b in places]
    return [near for near in found if near.pairs]


def _describe(
    dataset: Dataset, a: str, b: str, numbers_a: Floats, numbers_b: Floats
) -> NearEqualPictures:
    first, second = dataset.splits[a], dataset.splits[b]
    pairs, likeness = _verified(first, second, numbers_a, numbers_b)
    conflict = first.labels[pairs[:, 0]] != second.labels[pairs[:, 1]]
    order = np.lexsort((likeness.residual, ~conflict))[:MOST_EXAMPLES]
    examples = [
        NearPair(
            a_row=int(row),
            b_row=int(other),
            a_label=dataset.classes[first.labels[row]],
            b_label=dataset.classes[second.labels[other]],
            correlation=round(float(likeness.correlation[at]), 4),
            residual=round(float(likeness.residual[at]), 2),
        )
        for at, (row, other) in zip(order, pairs[order], strict=True)
    ]
    return NearEqualPictures(
        a=a,
        b=b,
        count=len(np.unique(pairs[:, 1])),
        pairs=len(pairs),
        conflicts=int(conflict.sum()),
        examples=examples,
    )


def _verified(a: Split, b: Split, numbers_a: Floats, numbers_b: Floats) -> tuple[Rows, Likeness]:
    """Return the pairs among the candidates that are nearly equal, and not equal."""
    pairs = nearest_rows(numbers_a, numbers_b, least=CANDIDATE, most=CANDIDATES)
    factor = reduction(a.images)
    if factor > 1:
        alike = compare(a.images, b.images, pairs, factor)
        pairs = pairs[alike.correlation >= _LEAST_WHEN_REDUCED]
    alike = compare(a.images, b.images, pairs)
    kept = (alike.correlation >= LEAST_CORRELATION) & (alike.residual <= MOST_RESIDUAL)
    kept[kept] = ~_equal(a, b, pairs[kept])
    return pairs[kept], Likeness(alike.correlation[kept], alike.residual[kept])


def _equal(a: Split, b: Split, pairs: Rows) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array(
        [np.array_equal(a.images[row], b.images[other]) for row, other in pairs], dtype=np.bool_
    )
