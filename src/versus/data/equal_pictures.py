"""Equal pictures: the same bytes twice, in one split or in two, found before anything is trained.

A test picture that was trained on tests memory. Pictures that are only similar are not looked for.
"""

import hashlib
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset, Split
from versus.data.memory_map import release
from versus.schema import Schema

Rows = npt.NDArray[np.int64]

_ROWS_AT_ONCE = 1024
MOST_EXAMPLES = 20
"""So many pairs are kept by their rows; how many there are is always told."""


class EqualPictures(Schema):
    """Equal pictures of two splits, or within one.

    Attributes:
        a, b: names of the splits; the same name where one split holds pictures twice.
        count: pictures of `b` that are in `a` too; within a split, those that an earlier one
            equals.
        conflicts: how many of these have another label than their first equal in `a`.
        examples: [row in a, row in b] of the first of them, conflicts before others.
    """

    a: str
    b: str
    count: int
    conflicts: int
    examples: list[tuple[int, int]]

    def sentence(self) -> str:
        """Return the finding in words."""
        one = self.count == 1
        if self.a == self.b:
            what = f"{self.count:,} {self.a} picture{'' if one else 's'} repeat"
            text = f"{what}{'s' if one else ''} an earlier one byte for byte"
        else:
            what = f"{self.count:,} {self.b} picture{'' if one else 's'}"
            text = f"{what} {'is' if one else 'are'} in {self.a} too, byte for byte"
        if not self.conflicts:
            return text
        return f"{text}, {'' if one else f'{self.conflicts:,} of them '}with another label"


def equal_pictures(a: Split, b: Split) -> Rows:
    """Return the pictures of `b` that are in `a` too, each with its first equal in `a`.

    Found by a hash of the bytes, then compared byte for byte. With the same split twice, the
    pictures that an earlier one of it equals, each with the first of them.

    Args:
        a: images uint8 `[n, height, width, channels]`.
        b: the same of the same shape, or another: then nothing is equal.

    Returns:
        int64 `[m, 2]`: row in `a`, row in `b`, by the row in `b`.
    """
    return _pairs(*_identify([a] if a is b else [a, b]))


def find_equal_pictures(dataset: Dataset) -> list[EqualPictures]:
    """Return what is equal within each split and between each two; only what there is.

    Every picture is hashed once: 70,000 of 28 x 28 take under a second.
    """
    names, splits = list(dataset.splits), list(dataset.splits.values())
    identities = dict(zip(names, _identify(splits), strict=True))
    places = [(name, name) for name in names] + list(combinations(names, 2))
    found = [
        _describe(dataset, a, b, _pairs(*([identities[a]] if a == b else _both(identities, a, b))))
        for a, b in places
    ]
    return [equal for equal in found if equal.count]


def _both(identities: dict[str, Rows], a: str, b: str) -> list[Rows]:
    return [identities[a], identities[b]]


def _describe(dataset: Dataset, a: str, b: str, pairs: Rows) -> EqualPictures:
    labels = dataset.splits[a].labels[pairs[:, 0]], dataset.splits[b].labels[pairs[:, 1]]
    conflict = labels[0] != labels[1]
    first = np.argsort(~conflict, kind="stable")[:MOST_EXAMPLES]
    examples = [(int(one), int(other)) for one, other in pairs[first]]
    return EqualPictures(
        a=a, b=b, count=len(pairs), conflicts=int(conflict.sum()), examples=examples
    )


def _identify(splits: Sequence[Split]) -> list[Rows]:
    """Return a number for each picture, the same for equal ones and for no others."""
    groups: dict[bytes, list[tuple[int, npt.NDArray[np.uint8]]]] = {}
    found: list[Rows] = []
    following = 0
    for split in splits:
        numbers = np.empty(len(split), dtype=np.int64)
        for row, image in enumerate(np.ascontiguousarray(split.images)):
            known = groups.setdefault(_hash(image), [])
            number = next((n for n, other in known if np.array_equal(other, image)), None)
            if number is None:
                number, following = following, following + 1
                known.append((number, image))
            numbers[row] = number
            if row % _ROWS_AT_ONCE == 0:
                release(split.images)
        found.append(numbers)
    return found


def _hash(image: npt.NDArray[np.uint8]) -> bytes:
    return hashlib.blake2b(image.data, digest_size=16).digest()


def _pairs(a: Rows, b: Rows | None = None) -> Rows:
    """Return rows of equal numbers; within `a` itself where there is no `b`."""
    numbers, first = np.unique(a, return_index=True)
    other = a if b is None else b
    place = np.searchsorted(numbers, other).clip(max=len(numbers) - 1)
    rows = np.arange(len(other))
    equal = (numbers[place] == other) & ((first[place] != rows) if b is None else True)
    return np.stack([first[place][equal], rows[equal]], axis=1).astype(np.int64)
