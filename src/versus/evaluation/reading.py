"""Reading a confusion matrix in words: the class recognised worst, and what it is taken for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus.errors import DataError
from versus.evaluation.f1 import f1_by_class

Share = tuple[str, int]


@dataclass(frozen=True)
class Reading:
    """What is wrong with the class of the lowest F1.

    Attributes:
        name: of the class.
        f1, recall: of it, 0 to 1.
        pictures: whose label it is.
        right: how many of them are told.
        taken_for: (another class, how many of these pictures are taken for it), the most first.
        mistaken_for_it: how many pictures of other classes are taken for this one.
        mistaken: (another class, how many of its pictures are taken for this one), the most first.
    """

    name: str
    f1: float
    recall: float
    pictures: int
    right: int
    taken_for: tuple[Share, ...]
    mistaken_for_it: int
    mistaken: tuple[Share, ...]

    def sentence(self, most: int = 3, pictures: str = "pictures") -> str:
        """Return it in words.

        Args:
            most: how many other classes are named on either side.
            pictures: what is counted: "answers", say, where the matrix sums several runs.
        """
        if not self.taken_for and not self.mistaken_for_it:
            return f"Every one of the {pictures} is recognised."
        said = f"{self.name} is recognised worst (F1 {self.f1:.3f}): "
        said += f"{self.right:,} of its {self.pictures:,} {pictures} are right "
        said += f"({100 * self.recall:.1f}\u00a0%)"
        wrong, mistaken = self.pictures - self.right, self.mistaken_for_it
        if wrong:
            others = "the other is" if wrong == 1 else "the others are"
            said += f", {others} {_mostly(self.taken_for, most)}taken for "
            said += _listed(self.taken_for, most)
        if not mistaken:
            return f"{said}; nothing else is taken for it."
        others = "1 other is" if mistaken == 1 else f"{mistaken:,} others are"
        sources = _mostly(self.mistaken, most) + _listed(self.mistaken, most)
        return f"{said}; {others} taken for it, {sources}."


def read_confusion(confusion: npt.ArrayLike, classes: Sequence[str]) -> Reading:
    """Return what is wrong with the class that is recognised worst: that of the lowest F1.

    F1 counts both ways of being wrong, so that a class for which everything is taken does not
    pass for a good one. Classes without a picture are left out; of several with the lowest F1 it is
    the first.

    Args:
        confusion: counts `[k, k]`, rows true classes, columns predicted ones; may be a sum of runs.
        classes: `k` names.

    Raises:
        DataError: it is no such matrix, or holds no picture.
    """
    counts = np.asarray(confusion)
    if counts.shape != (len(classes), len(classes)) or counts.dtype.kind not in "iu":
        raise DataError(
            f"expected counts of shape {(len(classes), len(classes))}, a row and a column a class; "
            f"got {counts.dtype} of shape {counts.shape}"
        )
    if counts.min(initial=0) < 0 or not counts.any():
        raise DataError("expected counts of 0 or more, and at least one picture")
    rows, columns, right = counts.sum(axis=1), counts.sum(axis=0), np.diagonal(counts)
    f1 = f1_by_class(counts)
    worst = int(np.where(rows > 0, f1, np.inf).argmin())
    return Reading(
        name=classes[worst],
        f1=float(f1[worst]),
        recall=float(right[worst] / rows[worst]),
        pictures=int(rows[worst]),
        right=int(right[worst]),
        taken_for=_others(counts[worst], worst, classes),
        mistaken_for_it=int(columns[worst] - right[worst]),
        mistaken=_others(counts[:, worst], worst, classes),
    )


def _others(counts: npt.NDArray, own: int, classes: Sequence[str]) -> tuple[Share, ...]:
    """Return the other classes that are counted here, the most frequent first."""
    order = np.argsort(-counts.astype(np.int64), kind="stable")
    return tuple((classes[int(i)], int(counts[i])) for i in order if i != own and counts[i])


def _mostly(shares: Sequence[Share], most: int) -> str:
    """Return "mostly " where not all of them will be named."""
    return "mostly " if len(shares) > most else ""


def _listed(shares: Sequence[Share], most: int) -> str:
    """Return "a (3), b (2) and c (1)"."""
    *firsts, last = [f"{name} ({count:,})" for name, count in shares[:most]]
    return f"{', '.join(firsts)} and {last}" if firsts else last
