"""Metrics: against scikit-learn, against Keras, and at the corners."""

import json

import numpy as np
import pytest
from sklearn import metrics as sklearn

from versus.evaluation import metrics
from versus.evaluation.predictions import Predictions


def random_predictions(n=200, k=4, seed=0):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(k, 0.3), size=n).astype(np.float32)
    return Predictions(
        probabilities, rng.integers(k, size=n), np.arange(n), tuple(f"c{i}" for i in range(k))
    )


def perfect(k=3):
    return Predictions(np.eye(k, dtype=np.float32), np.arange(k), np.arange(k), tuple("abc"))


def test_against_sklearn():
    made = random_predictions()
    assert metrics.accuracy(made) == sklearn.accuracy_score(made.labels, made.predicted)
    np.testing.assert_array_equal(
        metrics.confusion(made), sklearn.confusion_matrix(made.labels, made.predicted)
    )
    clipped = np.clip(made.probabilities.astype(np.float64), 1e-7, 1)
    expected = -np.log(clipped[np.arange(200), made.labels]).mean()
    assert metrics.nll(made) == pytest.approx(expected, rel=1e-12)
    onehot = np.eye(4)[made.labels]
    assert metrics.brier(made) == pytest.approx(((made.probabilities - onehot) ** 2).sum(1).mean())


def test_nll_is_keras_loss():
    from versus.backend import keras

    made = random_predictions()
    loss = keras.losses.SparseCategoricalCrossentropy()(made.labels, made.probabilities)
    assert metrics.nll(made) == pytest.approx(float(loss), rel=1e-5)


def test_nll_clips_a_true_class_given_nothing():
    made = Predictions(np.array([[1, 0]], np.float32), np.array([1]), np.array([0]), ("a", "b"))
    assert metrics.nll(made) == pytest.approx(-np.log(1e-7))
    assert metrics.brier(made) == 2.0


def test_confusion_has_true_rows_and_predicted_columns():
    rows = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0, 0.2, 0.8]], np.float32)
    made = Predictions(rows, np.array([1, 1, 2]), np.arange(3), ("a", "b", "c"))
    found = metrics.confusion(made)
    assert found.dtype == np.int64
    assert found.tolist() == [[0, 0, 0], [2, 0, 0], [0, 0, 1]]


def test_per_class_where_there_is_nothing_to_divide_by():
    rows = np.array([[0.9, 0.1, 0], [0.9, 0.1, 0], [0, 0.2, 0.8]], np.float32)
    made = Predictions(rows, np.array([1, 1, 2]), np.arange(3), ("a", "b", "c"))
    a, b, c = metrics.per_class(made)
    assert a == {"class": "a", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert b == {"class": "b", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 2}
    assert c == {"class": "c", "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


def test_a_perfect_model():
    made = metrics.summarise(perfect())
    assert (made["accuracy"], made["nll"], made["brier"]) == (1.0, 0.0, 0.0)


def test_summarise_is_ready_for_json_and_agrees_with_itself():
    made = random_predictions()
    summary = metrics.summarise(made)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert list(summary) == [
        "n", "correct", "accuracy", "accuracy_interval", "top_k", "nll", "brier", "ece",
        "ece_by_chance", "ece_debiased", "reliability", "accuracy_at_99_coverage",
        "coverage_at_99_accuracy", "confusion", "per_class",
    ]  # fmt: skip
    assert summary["n"] == 200
    assert summary["correct"] == np.trace(summary["confusion"])
    assert summary["accuracy"] == summary["correct"] / 200
    low, high = summary["accuracy_interval"]
    assert low < summary["accuracy"] < high
    assert sum(row["support"] for row in summary["per_class"]) == 200
