"""Confusion matrices: which classes are taken for which, summed over the seeds of a variant."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus.figures.confusion_matrix import error_shares
from versus.reports.numbers import percent, plain, plural
from versus.studies.result import StudyResult

Counts = npt.NDArray[np.int64]

# With more classes the matrix is no longer read, and the most confused pairs say more.
MOST_CLASSES = 30
MOST_CONFUSED = 20
_IN_WORDS = 3


@dataclass(frozen=True)
class Cell:
    """How often one class was predicted where another (or the same) was true.

    Attributes:
        count: over all seeds.
        right: whether it is the true class.
        ink: 0 to 1, how strongly an error is shown: the square root of its share of the true
            class, against the largest such share in the study. The root keeps rare errors visible.
    """

    count: int
    right: bool
    ink: float


@dataclass(frozen=True)
class MatrixRow:
    """A true class: how often each class was predicted, and in percent how often it was right."""

    name: str
    cells: tuple[Cell, ...]
    recall: str


@dataclass(frozen=True)
class Confused:
    """A true class, the class that it was taken for, how often, and of how many in percent."""

    truth: str
    said: str
    count: int
    share: str


@dataclass(frozen=True)
class Matrix:
    """The confusion of one variant.

    Attributes:
        name: of the variant.
        seeds: how many runs it is the sum of.
        rows: by true class; empty where there are too many classes to show.
        confused: the most frequent errors, the most frequent first.
        errors, total: pictures that were wrong, and all, over all seeds.
    """

    name: str
    seeds: int
    rows: tuple[MatrixRow, ...]
    confused: tuple[Confused, ...]
    errors: int
    total: int

    def in_words(self) -> str:
        """Return the most frequent errors in a sentence."""
        worst = [f"{c.truth} taken for {c.said} ({c.count:,})" for c in self.confused[:_IN_WORDS]]
        if not worst:
            return "No error at all."
        errors = plural(self.errors, "error")
        return f"{errors} in {self.total:,} predictions. Most often: {'; '.join(worst)}."


def confusion_matrices(result: StudyResult) -> list[Matrix]:
    """Return the matrix of each variant that has a finished run, on one scale of ink."""
    classes = result.study.data.classes
    counts = summed_confusions(result)
    most = max((float(error_shares(c).max()) for _, c in counts.values()), default=0.0)
    return [_matrix(name, seeds, c, classes, most) for name, (seeds, c) in counts.items()]


def summed_confusions(result: StudyResult) -> dict[str, tuple[int, Counts]]:
    """Return by variant how many runs recorded a confusion matrix, and their sum `[k, k]`."""
    counts = {}
    for variant in result.study.variants:
        found = [
            np.array(record.judged()["confusion"], dtype=np.int64)
            for record in result.finished(variant.name)
            if "confusion" in record.judged()
        ]
        if found:
            counts[variant.name] = (len(found), np.sum(found, axis=0))
    return counts


def _matrix(name: str, seeds: int, counts: Counts, classes: list[str], most: float) -> Matrix:
    shares = error_shares(counts)
    ink = np.sqrt(shares / (most or 1.0))
    shown = range(len(classes) if len(classes) <= MOST_CLASSES else 0)
    rows = tuple(
        MatrixRow(
            classes[true],
            tuple(
                Cell(int(counts[true, said]), true == said, round(float(ink[true, said]), 3))
                for said in shown
            ),
            plain(100 * counts[true, true] / total, 1) if (total := counts[true].sum()) else "",
        )
        for true in shown
    )
    total = int(counts.sum())
    errors = total - int(np.trace(counts))
    return Matrix(name, seeds, rows, _most_confused(counts, shares, classes), errors, total)


def _most_confused(
    counts: Counts, shares: npt.NDArray[np.float64], classes: list[str]
) -> tuple[Confused, ...]:
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSED]
    places = [divmod(int(place), len(counts)) for place in order]
    return tuple(
        Confused(classes[true], classes[said], int(wrong[true, said]), percent(shares[true, said]))
        for true, said in places
        if wrong[true, said]
    )
