"""Temperature scaling: one number, learned on validation pictures, that mends overconfidence.

Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger 2017, "On calibration of modern neural
networks", ICML. Logits are divided by the temperature; above 1 a model is made less sure, below 1
surer. What it predicts stays the same.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar  # pyright: ignore[reportMissingTypeStubs]
from scipy.special import log_softmax, softmax  # pyright: ignore[reportMissingTypeStubs]

from versus.errors import ConfigurationError
from versus.evaluation.predictions import Predictions

LOWEST, HIGHEST = 0.05, 20.0
"""The temperatures that are tried; a minimum at an end is none."""

_NEAR_END = 0.01
# The least positive float32 that keeps all its digits: a probability of 0 was below it.
_FLOOR = float(np.finfo(np.float32).tiny)


def fit_temperature(validation: Predictions) -> float | None:
    """Return the temperature of the lowest NLL on validation pictures, about 4 digits of it.

    The NLL is convex in 1 / temperature, so there is one minimum. Logarithms of the probabilities
    stand for the logits, from which they differ by a constant a row.

    Returns:
        None where the minimum is at an end of 0.05 to 20: no picture is wrong (surer is always
        better then), or the confidences say nothing. Such pictures cannot tell.
    """
    logs, labels = _logs(validation), validation.labels
    rows = np.arange(len(labels))

    def nll(log_temperature: float) -> float:
        scaled = log_softmax(logs / np.exp(log_temperature), axis=1)
        return float(-np.mean(scaled[rows, labels]))

    ends = np.log(LOWEST), np.log(HIGHEST)
    found: Any = minimize_scalar(nll, bounds=ends, method="bounded", options={"xatol": 1e-5})
    at_an_end = min(found.x - ends[0], ends[1] - found.x) < _NEAR_END
    return None if at_an_end else float(np.exp(found.x))


def at_temperature(predictions: Predictions, temperature: float) -> Predictions:
    """Return the predictions with their logits divided by `temperature`.

    Raises:
        ConfigurationError: `temperature` is not above 0.
    """
    if not 0 < temperature < np.inf:
        raise ConfigurationError(f"expected a temperature above 0; got {temperature!r}")
    scaled = softmax(_logs(predictions) / temperature, axis=1).astype(np.float32)
    return Predictions(scaled, predictions.labels, predictions.indices, predictions.classes)


def _logs(predictions: Predictions) -> npt.NDArray[np.float64]:
    return np.log(np.maximum(predictions.probabilities.astype(np.float64), _FLOOR))
