"""Metrics of one model on one split: how often it is right, and how sure it is."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.evaluation.calibration import calibration
from versus.evaluation.intervals import wilson
from versus.evaluation.predictions import Predictions
from versus.evaluation.ranking import top_accuracies
from versus.evaluation.selective import accuracy_at_coverage, coverage_at_accuracy
from versus.evaluation.temperature import at_temperature, fit_temperature

# Keras's epsilon: a true class given less than this counts as this.
NLL_FLOOR = 1e-7


def accuracy(predictions: Predictions) -> float:
    """Return the share of pictures whose most probable class is the label, 0 to 1."""
    return int(predictions.correct.sum()) / len(predictions)


def nll(predictions: Predictions) -> float:
    """Return the mean negative log-likelihood of the labels, in nats: 0 is perfect.

    Keras calls it sparse categorical cross-entropy. Probabilities below 1e-7 count as 1e-7, as in
    Keras, so one picture adds at most 16.1. Keras also clips above, at 1 - 1e-7, which this does
    not: the two differ by at most 1e-7 for it.
    """
    true = predictions.probabilities[np.arange(len(predictions)), predictions.labels]
    return float(np.mean(-np.log(np.clip(true.astype(np.float64), NLL_FLOOR, 1.0))))


def brier(predictions: Predictions) -> float:
    """Return the Brier score, 0 (perfect) to 2.

    The multiclass form as it was first given: squared distances between probability and truth (1
    for the label, 0 elsewhere), summed over the classes, averaged over the pictures. Source: G. W.
    Brier 1950, "Verification of forecasts expressed in terms of probability", Monthly Weather
    Review 78. Twice the form that many libraries use for two classes.
    """
    errors = predictions.probabilities.astype(np.float64)
    errors[np.arange(len(predictions)), predictions.labels] -= 1
    return float(np.mean(np.sum(errors**2, axis=1)))


def confusion(predictions: Predictions) -> npt.NDArray[np.int64]:
    """Return counts int64 `[k, k]`: rows are true classes, columns predicted ones."""
    return confusion_counts(predictions.labels, predictions.predicted, len(predictions.classes))


def confusion_counts(
    labels: npt.NDArray[np.integer[Any]], predicted: npt.NDArray[np.integer[Any]], k: int
) -> npt.NDArray[np.int64]:
    """Return how often each class was answered where each was true, int64 `[k, k]`, true by row.

    Args:
        labels: true classes, `[n]`, 0 to k - 1.
        predicted: answers, the same.
        k: how many classes there are.
    """
    cells = labels.astype(np.int64) * k + predicted
    return np.bincount(cells, minlength=k * k).reshape(k, k).astype(np.int64)


def per_class(predictions: Predictions) -> list[dict[str, str | float | int]]:
    """Return precision, recall, F1 and support of every class, in the order of the classes.

    Where a ratio has nothing to divide by (a class never predicted has no precision, one without
    pictures no recall) it is 0: scikit-learn's `zero_division=0`.

    Returns:
        One dict per class: "class", "precision", "recall", "f1", and "support", the number of
        pictures whose label it is.
    """
    # scikit-learn takes a second to import, which a command that only reads results never needs.
    from sklearn.metrics import precision_recall_fscore_support

    columns: Any = precision_recall_fscore_support(
        predictions.labels,
        predictions.predicted,
        labels=np.arange(len(predictions.classes)),
        average=None,
        zero_division=0,  # pyright: ignore[reportArgumentType]
    )
    return [
        {
            "class": name,
            "precision": float(precision),
            "recall": float(recall),
            "f1": float(f1),
            "support": int(support),
        }
        for name, precision, recall, f1, support in zip(predictions.classes, *columns, strict=True)
    ]


def summarise(predictions: Predictions) -> dict[str, Any]:
    """Return every metric of a run on one split, ready for JSON.

    Returns:
        "n" and "correct" (counts of pictures), "accuracy", "accuracy_interval" (Wilson, 95 %,
        [low, high]), "top_k" (accuracy among the 2, 3 and 5 most probable classes, by k), "nll",
        "brier", "ece", "ece_by_chance", "ece_debiased" and "reliability" (see `calibration`),
        "accuracy_at_99_coverage" and "coverage_at_99_accuracy" (see `selective`), "confusion"
        (rows true, columns predicted) and "per_class".
    """
    n, correct = len(predictions), int(predictions.correct.sum())
    return {
        "n": n,
        "correct": correct,
        "accuracy": accuracy(predictions),
        "accuracy_interval": list(wilson(correct, n)),
        "top_k": top_accuracies(predictions),
        "nll": nll(predictions),
        "brier": brier(predictions),
        **calibration(predictions),
        "accuracy_at_99_coverage": accuracy_at_coverage(predictions, 0.99),
        "coverage_at_99_accuracy": coverage_at_accuracy(predictions, 0.99),
        "confusion": confusion(predictions).tolist(),
        "per_class": per_class(predictions),
    }


def summarise_splits(validation: Predictions, test: Predictions | None) -> dict[str, Any]:
    """Return `summarise` of each split, with what temperature scaling gives.

    The temperature is fitted on the validation pictures and nowhere else. Where those are the
    test pictures themselves, test has no "calibrated": it would be measured where it was fitted.

    Returns:
        "validation", which also has "temperature" (None where these pictures cannot tell), and
        "test" if there are predictions of it, then with "calibrated": "nll", "brier", "ece",
        "ece_by_chance" and "ece_debiased" at that temperature.
    """
    temperature = fit_temperature(validation)
    found = {"validation": {**summarise(validation), "temperature": temperature}}
    if test is not None:
        found["test"] = summarise(test)
        if temperature is not None and test is not validation:
            found["test"]["calibrated"] = _calibrated(test, temperature)
    return found


def _calibrated(test: Predictions, temperature: float) -> dict[str, float]:
    scaled = at_temperature(test, temperature)
    measured: dict[str, Any] = calibration(scaled)
    del measured["reliability"]
    return {"nll": nll(scaled), "brier": brier(scaled), **measured}
