"""Classes with too few pictures to be learned, split or measured."""

import numpy as np

from versus.data.dataset import Dataset
from versus.schema import Schema

LEAST_TRAINED = 20
"""A fifth of fewer is less than four validation pictures."""
LEAST_MEASURED = 30
"""Right or wrong of fewer pictures: the 95 % interval of an accuracy of a half is wider than 18
percentage points to either side (0.98 / sqrt(n))."""


class SmallClass(Schema):
    """A class with too few pictures in a split.

    Attributes:
        name: of the class.
        split: "train", "validation" or "test".
        count: how many pictures it has there.
        needed: how many it should have at least.
    """

    name: str
    split: str
    count: int
    needed: int


def find_small_classes(dataset: Dataset) -> list[SmallClass]:
    """Return the classes that have too few pictures, by split, the smallest first."""
    found: list[SmallClass] = []
    for split_name, split in dataset.splits.items():
        needed = LEAST_TRAINED if split_name == "train" else LEAST_MEASURED
        counts = np.bincount(split.labels, minlength=len(dataset.classes))
        small = np.flatnonzero(counts < needed)
        smallest_first: list[int] = small[np.argsort(counts[small], kind="stable")].tolist()
        found += [
            SmallClass(
                name=dataset.classes[label],
                split=split_name,
                count=int(counts[label]),
                needed=needed,
            )
            for label in smallest_first
        ]
    return found
