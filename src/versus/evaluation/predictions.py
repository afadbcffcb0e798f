"""Predictions: what one model says about the pictures of a split, and what was right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from versus.data.checks import check_labels
from versus.data.dataset import frozen
from versus.errors import DataError, ModelError

if TYPE_CHECKING:
    import pandas as pd

Probabilities = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

_SUM_TOLERANCE = 1e-3
# A softmax in float32, or a mean of several, may overshoot 1 by a rounding error.
_RANGE_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Predictions:
    """A model's probabilities for some pictures of a split, beside their true labels.

    The arrays are copied, brought to the dtypes below, and read-only.

    Attributes:
        probabilities: float32 `[n, k]`, a row per picture, a column per class; each row sums to 1.
        labels: int64 `[n]`, the true classes, from 0.
        indices: int64 `[n]`, the rows of the split that the pictures came from, each once.
        classes: `k` names, in the order of the labels.

    Raises:
        ModelError: the probabilities have another shape than `[n, k]`, are not finite, or are no
            probabilities: below 0, above 1, or a row whose sum is further than 0.001 from 1.
        DataError: labels or indices of another length, of another kind than whole numbers, or
            out of range; an index that comes twice; no picture at all.
    """

    probabilities: Probabilities
    labels: npt.NDArray[np.int64]
    indices: Indices
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        probabilities = np.array(self.probabilities, dtype=np.float32)
        labels, indices = np.array(self.labels), np.array(self.indices)
        classes = tuple(self.classes)
        _check_whole(labels, labels.size, "labels")
        _check_whole(indices, labels.size, "indices")
        check_labels(labels, len(labels), classes, "predictions")
        _check_indices(indices)
        _check_probabilities(probabilities, len(labels), len(classes))
        object.__setattr__(self, "probabilities", frozen(probabilities))
        object.__setattr__(self, "labels", frozen(labels.astype(np.int64)))
        object.__setattr__(self, "indices", frozen(indices.astype(np.int64)))
        object.__setattr__(self, "classes", classes)

    def __repr__(self) -> str:
        right = int(self.correct.sum())
        return f"Predictions({len(self):,} pictures, {right:,} right; {len(self.classes)} classes)"

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """The class of the highest probability, the first one where several tie: int64 `[n]`.

        Taken from the probabilities as they are: rounding them first would make ties.
        """
        return frozen(self.probabilities.argmax(axis=1).astype(np.int64))

    @cached_property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether `predicted` is the label: bool `[n]`."""
        return frozen(self.predicted == self.labels)

    @cached_property
    def confidence(self) -> Probabilities:
        """The highest probability of each row: float32 `[n]`."""
        return frozen(self.probabilities.max(axis=1))

    def frame(self) -> pd.DataFrame:
        """Return a table with one row per picture, indexed by `indices`.

        Columns: one per class with its probability (float32), then `predicted` and `label`
        (int64, from 0) and `correct` (bool). A class that is itself called like one of those
        three has its column called "class predicted", "class label" or "class correct".
        """
        import pandas as pd  # half a second, which a run in a worker process never needs

        answers = {"predicted": self.predicted, "label": self.labels, "correct": self.correct}
        names = _column_names(self.classes, tuple(answers))
        index = pd.Index(self.indices, name="index")
        table = pd.DataFrame(self.probabilities, columns=pd.Index(names), index=index)
        return table.assign(**answers)


class PairwiseRight(NamedTuple):
    """Which pictures tell two models apart: rows of the split, int64, in the order predicted.

    Attributes:
        only_a: only the first model is right.
        only_b: only the second model is right.
        neither: both are wrong.
    """

    only_a: Indices
    only_b: Indices
    neither: Indices


def pairwise_right(a: Predictions, b: Predictions) -> PairwiseRight:
    """Return the pictures that only `a`, only `b`, or neither of them gets right.

    Raises:
        DataError: the two were not made on the same pictures in the same order.
    """
    for what in ("classes", "indices", "labels"):
        if not np.array_equal(getattr(a, what), getattr(b, what)):
            raise DataError(
                f"two models are compared picture by picture, so expected the same {what} in the "
                f"same order; those of the first ({len(a)} pictures) and the second ({len(b)}) "
                "differ: predict the same split with both"
            )
    return PairwiseRight(
        only_a=a.indices[a.correct & ~b.correct],
        only_b=a.indices[b.correct & ~a.correct],
        neither=a.indices[~a.correct & ~b.correct],
    )


def _check_whole(numbers: npt.NDArray, count: int, what: str) -> None:
    """Raise DataError unless `numbers` is `count` whole numbers, at least one, in one row."""
    if numbers.shape != (count,) or numbers.dtype.kind not in "iu" or count == 0:
        raise DataError(
            f"predictions: expected {count or 'some'} whole numbers as {what}, one per picture; "
            f"got {numbers.dtype} of shape {numbers.shape}"
        )


def _check_indices(indices: npt.NDArray) -> None:
    """Raise DataError unless `indices` holds different numbers from 0."""
    if indices.min() < 0:
        raise DataError(f"predictions: expected indices from 0; got {indices.min()}")
    values, counts = np.unique(indices, return_counts=True)
    if len(values) < len(indices):
        twice = values[counts > 1][0]
        raise DataError(f"predictions: expected every picture once; index {twice} came twice")


def _check_probabilities(probabilities: Probabilities, count: int, classes: int) -> None:
    """Raise ModelError unless every row is finite and a distribution over the classes."""
    if probabilities.shape != (count, classes):
        raise ModelError(
            f"predictions: expected one probability per picture and class, shape "
            f"{(count, classes)}; got {probabilities.shape}: the last layer needs {classes} units"
        )
    finite = np.isfinite(probabilities).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ModelError(
            f"predictions: expected finite probabilities; {count - finite.sum()} of {count} rows "
            f"hold NaN or infinity, row {row} the first: training diverged, try a lower "
            "learning rate"
        )
    sums = probabilities.sum(axis=1, dtype=np.float64)
    inside = (probabilities >= -_RANGE_TOLERANCE) & (probabilities <= 1 + _RANGE_TOLERANCE)
    good = (np.abs(sums - 1) <= _SUM_TOLERANCE) & inside.all(axis=1)
    if not good.all():
        row = int(np.argmin(good))
        low, high = probabilities[row].min(), probabilities[row].max()
        raise ModelError(
            f"predictions: expected rows of probabilities from 0 to 1 that sum to 1; row {row} "
            f"goes from {low:.4g} to {high:.4g} and sums to {sums[row]:.4g}, which looks like "
            "logits: end the model in a softmax, or tell the recipe's loss from_logits=True"
        )


def _column_names(classes: tuple[str, ...], taken: tuple[str, ...]) -> list[str]:
    """Return the class names, those in `taken` with "class " before them."""
    names = []
    for name in classes:
        column = name
        while column in taken or (column != name and column in classes):
            column = f"class {column}"
        names.append(column)
    return names
