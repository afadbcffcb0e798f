"""A confusion matrix: what is drawn, held against the counts."""

import numpy as np
import pytest

from versus.figures.confusion_matrix import MOST_NUMBERS, confusion_matrix, error_shares


def test_shares_are_of_the_true_class():
    shares = error_shares(np.array([[8, 2], [0, 0]]))
    assert shares.tolist() == [[0.0, 0.2], [0.0, 0.0]]


def test_every_count_is_written_and_errors_carry_the_ink():
    counts = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    axes = confusion_matrix(counts, ["a", "b", "c"]).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "2", "8", "9"]
    ink = [patch.get_alpha() for patch in axes.patches]
    assert ink[0] is None  # the diagonal stands back
    assert ink[1] == pytest.approx(0.66)  # the largest share
    assert ink[3] == pytest.approx(0.06 + 0.6 * 0.5**0.5)
    assert ink[2] == pytest.approx(0.06)


@pytest.mark.parametrize("k", [1, 2, MOST_NUMBERS + 1])
def test_any_number_of_classes_is_drawn(k):
    figure = confusion_matrix(np.eye(k, dtype=np.int64), [f"$class_{n}$" * 4 for n in range(k)])
    figure.draw_without_rendering()
    assert len(figure.axes[0].texts) == (k if k <= MOST_NUMBERS else 0)
