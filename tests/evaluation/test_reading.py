"""The class that is recognised worst, in numbers and in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support

from versus.errors import DataError
from versus.evaluation.reading import read_confusion

CLASSES = ("coat", "dress", "shirt")


def test_the_worst_class_and_what_it_is_taken_for():
    found = read_confusion([[90, 1, 9], [0, 98, 2], [30, 10, 60]], CLASSES)
    assert (found.name, found.pictures, found.right) == ("shirt", 100, 60)
    assert found.taken_for == (("coat", 30), ("dress", 10))
    assert (found.mistaken_for_it, found.mistaken) == (11, (("coat", 9), ("dress", 2)))
    assert found.sentence() == (
        "shirt is recognised worst (F1 0.702): 60 of its 100 pictures are right (60.0\u00a0%), the "
        "others are taken for coat (30) and dress (10); 11 others are taken for it, coat (9) and "
        "dress (2)."
    )
    assert "are mostly taken for coat (30);" in found.sentence(most=1)
    assert "of its 100 answers" in found.sentence(pictures="answers")


def test_a_class_for_which_everything_is_taken_is_not_called_good():
    """Its recall is the best of all; its F1 says what it is worth."""
    found = read_confusion([[10, 0, 0], [5, 5, 0], [10, 0, 90]], CLASSES)
    assert (found.name, found.recall) == ("coat", 1.0)
    assert found.sentence().endswith(
        "10 of its 10 pictures are right (100.0\u00a0%); 15 others are taken for it, shirt (10) "
        "and dress (5)."
    )


def test_nothing_else_is_taken_for_it():
    assert (
        read_confusion([[1, 2], [0, 9]], ("a", "b"))
        .sentence()
        .endswith("taken for b (2); nothing else is taken for it.")
    )


def test_no_error_at_all():
    found = read_confusion(np.eye(3, dtype=int), CLASSES)
    assert found.f1 == 1.0
    assert found.sentence() == "Every one of the pictures is recognised."


@given(arrays(np.int64, (4, 4), elements=st.integers(0, 30)).filter(lambda a: a.any()))
def test_f1_is_scikit_learns_and_a_class_without_pictures_is_never_the_worst(counts):
    truth, said = np.divmod(np.repeat(np.arange(16), counts.reshape(-1)), 4)
    _, recall, f1, support = precision_recall_fscore_support(
        truth, said, labels=range(4), zero_division=0
    )
    found = read_confusion(counts, "abcd")
    worst = "abcd".index(found.name)
    assert support[worst] == found.pictures > 0
    assert found.f1 == pytest.approx(f1[worst]) == pytest.approx(f1[support > 0].min())
    assert found.recall == pytest.approx(recall[worst])
    assert sum(count for _, count in found.taken_for) == found.pictures - found.right
    assert sum(count for _, count in found.mistaken) == found.mistaken_for_it
    assert found.sentence().endswith(".")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (np.eye(2, dtype=int), r"shape \(3, 3\).*shape \(2, 2\)"),
        (np.eye(3), "float64"),
        (np.zeros((3, 3), int), "at least one picture"),
        (np.diag([1, 1, -1]), "0 or more"),
    ],
)
def test_what_is_no_confusion_matrix(counts, said):
    with pytest.raises(DataError, match=said):
        read_confusion(counts, CLASSES)


def test_one_is_said_as_one():
    said = read_confusion([[3, 1, 0], [1, 8, 0], [0, 0, 9]], CLASSES).sentence()
    assert said.endswith("the other is taken for dress (1); 1 other is taken for it, dress (1).")
