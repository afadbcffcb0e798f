"""Suspected wrong labels, by confident learning on out-of-fold predictions.

Source: C. Northcutt, L. Jiang and I. Chuang 2021, "Confident learning: estimating uncertainty in
dataset labels", J. of Artificial Intelligence Research 70; by their library, cleanlab.
"""

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset
from versus.errors import ConfigurationError
from versus.schema import Schema


class Suspect(Schema):
    """A picture whose label may be wrong.

    Attributes:
        split, row: where it is.
        given: the class of its label.
        suggested: the class that models not trained on it think likeliest.
        quality: the probability that they give to its label; the lower, the more suspect.
        confidence: the probability that they give to what is suggested.
    """

    split: str
    row: int
    given: str
    suggested: str
    quality: float
    confidence: float


class LabelErrors(Schema):
    """What was found.

    Attributes:
        accuracy: of the out-of-fold predictions, of the labels as they are.
        counts: suspected pictures by split.
        suspects: all of them, the most suspect first.
    """

    accuracy: float
    counts: dict[str, int]
    suspects: list[Suspect]


def check_extra() -> None:
    """Raise ConfigurationError unless cleanlab is installed; told before hours of training."""
    _find_label_issues()


def find_label_errors(dataset: Dataset, probabilities: npt.NDArray[np.float32]) -> LabelErrors:
    """Return the pictures whose label is suspected to be wrong.

    Args:
        dataset: what the predictions are of.
        probabilities: float32 `[n, classes]` of `out_of_fold`.

    Raises:
        ConfigurationError: the extra `labels` is not installed.
    """
    find_label_issues = _find_label_issues()
    labels = np.concatenate([split.labels for split in dataset.splits.values()])
    predicted = probabilities.argmax(axis=1)
    # Sums of float32 probabilities are 1 to some 1e-6 only.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    mask = _issues(find_label_issues, labels, exact)
    own = exact[np.arange(len(labels)), labels]
    order = np.flatnonzero(mask)
    order = order[np.argsort(own[order], kind="stable")]
    names, starts = list(dataset.splits), np.cumsum([0, *map(len, dataset.splits.values())])
    split = np.searchsorted(starts, order, side="right") - 1
    suspects = [
        Suspect(
            split=names[part],
            row=int(at - starts[part]),
            given=dataset.classes[labels[at]],
            suggested=dataset.classes[predicted[at]],
            quality=round(float(own[at]), 6),
            confidence=round(float(exact[at, predicted[at]]), 6),
        )
        for at, part in zip(order, split, strict=True)
    ]
    return LabelErrors(
        accuracy=float((predicted == labels).mean()),
        counts={name: int((split == number).sum()) for number, name in enumerate(names)},
        suspects=suspects,
    )


def _issues(
    find: Any, labels: npt.NDArray[np.int64], probabilities: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Return which labels are suspected; classes without any picture are left out."""
    there = np.unique(labels)
    kept = probabilities[:, there]
    kept = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12)
    numbers = np.searchsorted(there, labels)
    return np.asarray(find(numbers, kept, n_jobs=1), dtype=np.bool_)


def _find_label_issues() -> Any:
    try:
        return import_module("cleanlab.filter").find_label_issues
    except ImportError as cause:
        raise ConfigurationError(
            "suspected wrong labels are found by cleanlab, which is not installed: "
            "pip install 'versus-ml[labels]'"
        ) from cause
