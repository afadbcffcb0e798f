"""Top-k accuracy and selective prediction: against other code, by hand, and their properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import top_k_accuracy_score
from test_calibration import any_predictions, binary

from versus.errors import ConfigurationError
from versus.evaluation.metrics import accuracy
from versus.evaluation.predictions import Predictions
from versus.evaluation.ranking import rank, top_accuracies, top_k_accuracy
from versus.evaluation.selective import accuracy_at_coverage, coverage_at_accuracy


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_top_k_is_scikit_learns(k):
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.ones(6), size=300).astype(np.float32)
    labels = rng.integers(6, size=300)
    made = Predictions(rows, labels, np.arange(300), tuple("abcdef"))
    expected = top_k_accuracy_score(labels, rows, k=k, labels=np.arange(6))
    assert top_k_accuracy(made, k) == pytest.approx(expected, abs=1e-12)


def test_of_equally_probable_classes_the_first_comes_first():
    made = Predictions(np.full((3, 3), 1 / 3), np.arange(3), np.arange(3), tuple("abc"))
    assert rank(made).tolist() == [0, 1, 2]


def test_only_numbers_that_leave_a_class_out_are_told():
    rows = np.eye(3, dtype=np.float32)
    made = Predictions(rows, np.array([0, 1, 0]), np.arange(3), tuple("abc"))
    assert top_accuracies(made) == {"2": 1.0}
    assert top_accuracies(binary([0.9], [True])) == {}


@given(any_predictions())
def test_top_1_is_accuracy_and_more_is_never_less(made):
    found = [top_k_accuracy(made, k) for k in range(1, len(made.classes) + 1)]
    assert found[0] == accuracy(made)
    assert found == sorted(found)
    assert found[-1] == 1


def test_the_least_sure_go_first():
    made = binary([0.9, 0.6, 0.8, 0.7], [True, False, True, True])
    assert accuracy_at_coverage(made, 0.75) == 1
    assert accuracy_at_coverage(made, 1) == 0.75
    assert coverage_at_accuracy(made, 1) == 0.75
    assert coverage_at_accuracy(made, 0.75) == 1


def test_equal_confidences_share_their_accuracy_and_are_never_parted():
    made = binary([0.9, 0.7, 0.7, 0.7], [True, True, False, False])
    assert accuracy_at_coverage(made, 0.5) == pytest.approx((1 + 1 / 3) / 2)
    assert coverage_at_accuracy(made, 0.6) == 0.25


def test_a_share_of_the_pictures_is_counted_without_rounding_errors():
    correct = np.ones(100, bool)
    correct[0] = False
    made = binary(np.linspace(0.6, 0.9, 100), correct)
    assert accuracy_at_coverage(made, 0.99) == 1


def test_nothing_is_covered_where_the_surest_picture_is_wrong():
    assert coverage_at_accuracy(binary([0.9, 0.6], [False, True]), 0.9) == 0


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan")])
def test_a_share_is_above_0_and_at_most_1(share):
    made = binary([0.9], [True])
    with pytest.raises(ConfigurationError, match="coverage above 0"):
        accuracy_at_coverage(made, share)
    with pytest.raises(ConfigurationError, match="accuracy above 0"):
        coverage_at_accuracy(made, share)


@given(any_predictions(), st.integers(1, 100), st.integers(0, 2**32 - 1))
def test_selection_knows_no_order_and_all_pictures_are_plain_accuracy(made, percent, seed):
    order = np.random.default_rng(seed).permutation(len(made))
    other = Predictions(
        made.probabilities[order], made.labels[order], made.indices[order], made.classes
    )
    share = percent / 100
    assert accuracy_at_coverage(made, share) == pytest.approx(accuracy_at_coverage(other, share))
    assert coverage_at_accuracy(made, share) == coverage_at_accuracy(other, share)
    assert accuracy_at_coverage(made, 1) == pytest.approx(accuracy(made))
    covered = coverage_at_accuracy(made, share)
    if covered:
        assert accuracy_at_coverage(made, covered) >= share - 1e-9
