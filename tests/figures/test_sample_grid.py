"""The grid of sample pictures: which are drawn, where, and what is written beside them."""

import io

import numpy as np
import pytest

from versus.figures.sample_grid import MOST_ROWS, sample_grid

IMAGES = np.arange(12, dtype=np.uint8).reshape(12, 1, 1, 1) * np.ones((1, 14, 14, 1), np.uint8)
LABELS = np.array([0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1])


def canvas(figure):
    return figure.axes[0].get_images()[0].get_array()


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_rows_are_classes_and_columns_the_first_of_each():
    drawn = canvas(sample_grid(IMAGES, LABELS, ["a", "b"], columns=4))
    assert drawn.shape == (2 * 15 - 1, 4 * 15 - 1, 3)
    middles = drawn[7::15, 7::15, 0]
    assert middles.tolist() == [[0, 3, 4, 255], [1, 2, 5, 6]]  # a has three: the rest is paper
    assert (drawn[14] == 255).all()


def test_names_and_counts_stand_at_the_left():
    figure = sample_grid(IMAGES, LABELS, ["a", "b", "a name that is far too long for a row"])
    assert texts(figure) == ["a", "3", "b", "9", "a name that is far too …", "0"]


def test_colour_stays_colour():
    red = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    red[..., 0] = 200
    drawn = canvas(sample_grid(red, np.array([0, 1]), ["a", "b"], columns=1))
    assert drawn[0, 0].tolist() == [200, 0, 0]


def test_a_dollar_is_a_dollar():
    figure = sample_grid(IMAGES, LABELS, [r"$\frac$", "$5$"], title="$x$")
    figure.savefig(io.BytesIO(), format="png")  # mathtext would raise
    assert figure.axes[0].get_title("left") == "$x$"


def test_every_text_lies_within_the_figure():
    figure = sample_grid(IMAGES, LABELS, ["Ankle boot and a long na", "b"], columns=2, title="set")
    figure.savefig(io.BytesIO(), format="png")
    for text in [*figure.axes[0].texts, figure.axes[0]._left_title]:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1


def test_too_many_classes_are_cut_and_it_is_said():
    names = [str(number) for number in range(MOST_ROWS + 5)]
    figure = sample_grid(IMAGES, LABELS, names, columns=1, title="many")
    assert len(texts(figure)) == 2 * MOST_ROWS
    assert figure.axes[0].get_title("left") == f"many (the first {MOST_ROWS} of 45 classes)"


@pytest.mark.parametrize("shape", [(2, 4, 4), (2, 4, 4, 2), (2, 4, 4, 4)])
def test_other_pictures_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected pictures \[n, h, w, 1\]"):
        sample_grid(np.zeros(shape, dtype=np.uint8), np.array([0, 1]), ["a", "b"])


def test_no_columns_are_refused():
    with pytest.raises(ValueError, match="one column or more; got 0"):
        sample_grid(IMAGES, LABELS, ["a", "b"], columns=0)
