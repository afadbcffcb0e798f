"""Near-equal pictures: the same picture shifted by a pixel, brighter, darker, or as a JPEG again.

A test picture that differs from a training picture only so tests memory, as an equal one does.
Candidates are the nearest in a few numbers a picture, and each is then compared pixel by pixel.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from versus.data.dataset import Dataset, Split
from versus.data.equal_pictures import MOST_EXAMPLES
from versus.data.inspection.correlation import Likeness, compare
from versus.data.inspection.embedding import (
    compressed,
    describe_shapes,
    plain_background,
    reduction,
)
from versus.data.inspection.neighbours import nearest_rows
from versus.data.inspection.rows import Floats, Rows
from versus.schema import Schema

LEAST_CORRELATION = 0.98
MOST_RESIDUAL = 7.0
"""Grey levels, root mean square: what JPEG at quality 80 leaves, and no two garments do. Where
these come from is told in docs/decisions/0023-near-equal.md."""
CANDIDATE, PHOTOGRAPHED = 0.965, 0.8
"""Pictures whose numbers are less alike than this are not compared: of those on a plain background,
and of others, which have fewer that are alike, and which a shift changes more."""
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
    found = _search([a] if a is b else [a, b])
    return _verified(a, b, found, 0, 0 if a is b else 1)


@dataclass(frozen=True, eq=False)
class _Search:
    """What candidates are found by: numbers of each split's pictures, and how alike is enough."""

    numbers: list[Floats]
    least: float


def _search(splits: list[Split]) -> _Search:
    # The largest split says what kind of pictures these are.
    plain = plain_background(max(splits, key=len).images)
    numbers = [describe_shapes(split.images, centred=plain) for split in splits]
    together = compressed(np.concatenate(numbers))
    ends = np.cumsum([len(split) for split in splits])
    return _Search(np.split(together, ends[:-1]), CANDIDATE if plain else PHOTOGRAPHED)


def find_near_equal_pictures(dataset: Dataset, *, within: bool = True) -> list[NearEqualPictures]:
    """Return what is nearly equal between each two splits and within each; only what there is.

    Args:
        dataset: its pictures are read in chunks.
        within: whether to look within splits too, which takes most of the time.
    """
    search = _search(list(dataset.splits.values()))
    numbers = range(len(dataset.splits))
    places = [*((number, number) for number in numbers if within), *combinations(numbers, 2)]
    found = [_describe(dataset, search, a, b) for a, b in places]
    return [near for near in found if near.pairs]


def _describe(dataset: Dataset, search: _Search, one: int, other: int) -> NearEqualPictures:
    (a, first), (b, second) = (list(dataset.splits.items())[at] for at in (one, other))
    pairs, likeness = _verified(first, second, search, one, other)
    conflict = first.labels[pairs[:, 0]] != second.labels[pairs[:, 1]]
    order = np.lexsort((likeness.residual, ~conflict))[:MOST_EXAMPLES]
    examples = [
        NearPair(
            a_row=int(row),
            b_row=int(its),
            a_label=dataset.classes[first.labels[row]],
            b_label=dataset.classes[second.labels[its]],
            correlation=round(float(likeness.correlation[at]), 4),
            residual=round(float(likeness.residual[at]), 2),
        )
        for at, (row, its) in zip(order, pairs[order], strict=True)
    ]
    return NearEqualPictures(
        a=a,
        b=b,
        count=len(np.unique(pairs[:, 1])),
        pairs=len(pairs),
        conflicts=int(conflict.sum()),
        examples=examples,
    )


def _verified(a: Split, b: Split, search: _Search, one: int, other: int) -> tuple[Rows, Likeness]:
    """Return the pairs among the candidates that are nearly equal, and not equal."""
    # Of each picture of `b` the nearest in `a`, so that none of `b` is missed.
    numbers = search.numbers
    pairs = nearest_rows(numbers[other], numbers[one], least=search.least, most=CANDIDATES)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1])), ::-1]
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
