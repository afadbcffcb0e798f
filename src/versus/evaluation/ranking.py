"""Ranking: whether the label is among the few classes that a model thinks most probable."""

import numpy as np
import numpy.typing as npt

from versus.evaluation.predictions import Predictions

TOP = (2, 3, 5)
"""The numbers of classes for which a run reports top-k accuracy, where it has more classes."""


def rank(predictions: Predictions) -> npt.NDArray[np.int64]:
    """Return the place of the label among the classes, int64 `[n]`: 0 is the most probable.

    Of equally probable classes the first comes first, as in `Predictions.predicted`: rank 0 is
    exactly "correct".
    """
    rows = predictions.probabilities
    true = rows[np.arange(len(rows)), predictions.labels][:, None]
    earlier = np.arange(rows.shape[1]) < predictions.labels[:, None]
    return ((rows > true) | ((rows == true) & earlier)).sum(axis=1, dtype=np.int64)


def top_k_accuracy(predictions: Predictions, k: int) -> float:
    """Return the share of pictures whose label is among the `k` most probable classes, 0 to 1."""
    return int((rank(predictions) < k).sum()) / len(predictions)


def top_accuracies(predictions: Predictions) -> dict[str, float]:
    """Return top-2, top-3 and top-5 accuracy, those of them that leave a class out, by k."""
    ranks, classes = rank(predictions), len(predictions.classes)
    return {str(k): int((ranks < k).sum()) / len(ranks) for k in TOP if k < classes}
