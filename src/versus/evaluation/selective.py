"""Selective prediction: how good a model is on the pictures that it is surest of.

A model that may say "I do not know" answers where its confidence, the highest probability, is
high enough. Coverage is the share of pictures that it answers. Source: R. El-Yaniv and Y. Wiener
2010, "On the foundations of noise-free selective classification", JMLR 11.

Where to cut is chosen here on the very pictures that are counted, so both numbers describe how
well the confidence sorts right from wrong; a threshold for use is chosen on other pictures.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from versus.errors import ConfigurationError
from versus.evaluation.predictions import Predictions

Floats = npt.NDArray[np.float64]


class _Steps(NamedTuple):
    """The curve from the surest pictures to all, a step for each different confidence.

    Attributes:
        answered: pictures at least as sure as this, int64 `[m]`, rising to n.
        right: how many of them are right, int64 `[m]`.
    """

    answered: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]


def accuracy_at_coverage(predictions: Predictions, coverage: float = 0.99) -> float:
    """Return the accuracy on the surest share of the pictures.

    These are the ceil(coverage x n) pictures of the highest confidence. Where pictures of one
    confidence lie on both sides of that cut, those inside count with the accuracy of all of them,
    so that no order of the pictures plays a part.

    Args:
        predictions: of one model.
        coverage: the share of pictures that is answered, above 0 to 1.

    Raises:
        ConfigurationError: `coverage` is out of its range.
    """
    _check(coverage, "coverage")
    steps = _steps(predictions)
    # 0.99 x 100 is 99.00000000000001 in floats elsewhere; it is to be 99.
    wanted = math.ceil(round(coverage * len(predictions), 9))
    place = int(np.searchsorted(steps.answered, wanted))
    before = int(steps.answered[place - 1]) if place else 0
    right = int(steps.right[place - 1]) if place else 0
    tied, tied_right = int(steps.answered[place]) - before, int(steps.right[place]) - right
    return (right + (wanted - before) * tied_right / tied) / wanted


def coverage_at_accuracy(predictions: Predictions, accuracy: float = 0.99) -> float:
    """Return the largest share of the pictures that can be answered with at least this accuracy.

    Only cuts between different confidences count, since no threshold parts equal ones. 0 where
    even the surest pictures are not right often enough.

    Args:
        predictions: of one model.
        accuracy: wanted of the answers, above 0 to 1.

    Raises:
        ConfigurationError: `accuracy` is out of its range.
    """
    _check(accuracy, "accuracy")
    steps = _steps(predictions)
    enough = np.flatnonzero(steps.right >= accuracy * steps.answered - 1e-9)
    return int(steps.answered[enough[-1]]) / len(predictions) if enough.size else 0.0


def _steps(predictions: Predictions) -> _Steps:
    order = np.argsort(-predictions.confidence, kind="stable")
    confidence = predictions.confidence[order]
    last = np.flatnonzero(np.append(confidence[1:] != confidence[:-1], True))
    right = np.cumsum(predictions.correct[order], dtype=np.int64)
    return _Steps(last.astype(np.int64) + 1, right[last])


def _check(share: float, name: str) -> None:
    if not 0 < share <= 1:
        raise ConfigurationError(f"expected {name} above 0 and at most 1, as 0.99; got {share!r}")
