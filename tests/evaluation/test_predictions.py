"""Predictions: what is checked, what is derived, and which pictures tell two models apart."""

import numpy as np
import pytest

from versus.errors import DataError, ModelError
from versus.evaluation.predictions import Predictions, pairwise_right

ROWS = [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.25, 0.5, 0.25]]


def make(rows=ROWS, labels=(0, 2, 0, 1), indices=(5, 6, 7, 9), classes=("cat", "dog", "owl")):
    return Predictions(np.array(rows, np.float32), np.array(labels), np.array(indices), classes)


def test_dtypes_and_derived_values():
    made = make()
    assert len(made) == 4
    assert made.probabilities.dtype == np.float32
    assert made.labels.dtype == made.indices.dtype == made.predicted.dtype == np.int64
    assert made.predicted.tolist() == [0, 2, 1, 1]
    assert made.correct.tolist() == [True, True, False, True]
    assert made.correct.dtype == np.bool_
    np.testing.assert_array_equal(made.confidence, np.array([0.7, 0.7, 0.4, 0.5], np.float32))


def test_it_copies_and_cannot_be_written_to():
    rows = np.array(ROWS, np.float32)
    made = make(rows)
    rows[:] = 0
    assert made.probabilities[0, 0] == np.float32(0.7)
    for array in (made.probabilities, made.labels, made.indices, made.predicted, made.correct):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        made.labels = made.indices  # type: ignore[misc]


def test_predicted_is_the_argmax_of_unrounded_probabilities():
    made = make([[0.4999, 0.5001, 0.0]], [1], [0])
    assert made.predicted.tolist() == [1]


def test_a_softmax_may_overshoot_by_rounding():
    make([[1 + 1e-7, 0, 0]], [0], [0])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[2.0, -1.0, 0.5]], ["row 0", "-1 to 2", "logits", "softmax", "from_logits=True"]),
        ([[0.7, 0.2, 0.1], [0.7, 0.7, 0.7]], ["row 1", "2.1", "softmax"]),
        ([[0.2, 0.2, 0.2]], ["sums to 0.6"]),
        ([[-0.5, 0.5, 1.0]], ["-0.5"]),
        ([[0.7, 0.2, 0.1], [np.nan, 0.5, 0.5]], ["1 of 2 rows", "row 1", "NaN", "diverged"]),
        ([[np.inf, 0, 0]], ["infinity"]),
        ([[0.5, 0.5]], ["(1, 3)", "(1, 2)", "3 units"]),
        ([0.5, 0.5], ["(2, 3)", "(2,)"]),
    ],
)
def test_what_is_no_probability_is_the_models_fault(rows, words):
    n = len(rows)
    with pytest.raises(ModelError) as raised:
        make(rows, [0] * n, range(n))
    for word in words:
        assert word in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": [0, 2, 0, 3]}, ["label 3", "row 3"]),
        ({"labels": [0, 2, 0, -1]}, ["label -1"]),
        ({"labels": [0.0, 2.0, 0.0, 1.0]}, ["whole numbers", "labels", "float64"]),
        ({"labels": [[0], [2], [0], [1]]}, ["labels", "(4, 1)"]),
        ({"indices": [1, 2, 3]}, ["4 whole numbers", "indices", "(3,)"]),
        ({"indices": [1, 2, 3, 3]}, ["index 3 came twice"]),
        ({"indices": [-1, 2, 3, 4]}, ["from 0", "-1"]),
        ({"indices": [0.5, 2, 3, 4]}, ["whole numbers"]),
        ({"rows": np.zeros((0, 3)), "labels": [], "indices": []}, ["labels", "(0,)"]),
    ],
)
def test_labels_and_indices_are_checked(change, words):
    with pytest.raises(DataError) as raised:
        make(**change)
    for word in words:
        assert word in str(raised.value)


def test_frame():
    frame = make().frame()
    assert list(frame.columns) == ["cat", "dog", "owl", "predicted", "label", "correct"]
    assert frame.index.tolist() == [5, 6, 7, 9]
    assert frame["cat"].dtype == np.float32
    assert frame["predicted"].tolist() == [0, 2, 1, 1]
    assert frame["label"].tolist() == [0, 2, 0, 1]
    assert frame["correct"].tolist() == [True, True, False, True]


def test_frame_of_classes_called_like_its_other_columns():
    frame = make(classes=("label", "class label", "correct")).frame()
    assert list(frame.columns) == [
        "class class label",
        "class label",
        "class correct",
        "predicted",
        "label",
        "correct",
    ]
    assert frame["label"].tolist() == [0, 2, 0, 1]
    assert frame["class class label"].iloc[0] == np.float32(0.7)


def test_pairwise_right():
    a = make()
    b = make([[0.1, 0.8, 0.1], [0.1, 0.2, 0.7], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05]])
    c = make([[0.1, 0.8, 0.1], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05], [0.05, 0.9, 0.05]])
    only_a, only_b, neither = pairwise_right(a, b)
    assert (only_a.tolist(), only_b.tolist(), neither.tolist()) == ([5, 9], [], [7])
    found = pairwise_right(a, c)
    assert (found.only_a.tolist(), found.only_b.tolist()) == ([5], [7])
    assert found.neither.tolist() == []
    assert found.neither.dtype == np.int64


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"indices": (5, 6, 7, 8)}, "indices"),
        ({"labels": (0, 2, 0, 0)}, "labels"),
        ({"classes": ("cat", "dog", "emu")}, "classes"),
    ],
)
def test_pairwise_right_wants_the_same_pictures(change, word):
    with pytest.raises(DataError, match=f"same {word}"):
        pairwise_right(make(), make(**change))
