"""Pictures with a line under each: what is drawn, and what is refused."""

import numpy as np
import pytest

from versus.figures.labelled_pictures import labelled_pictures

GREY, COLOUR = np.full((8, 6, 1), 200, np.uint8), np.zeros((8, 6, 3), np.uint8)


def test_each_group_has_its_axes_and_its_caption():
    figure = labelled_pictures([[GREY, COLOUR]] * 5, [f"row {n}" for n in range(5)], "Title", 2)
    assert [axes.get_xlabel() for axes in figure.axes] == [f"row {n}" for n in range(5)]
    picture = figure.axes[0].images[0].get_array()
    assert picture.shape == (8, 13, 3)
    assert (picture[:, :6] == 200).all()
    assert (picture[:, 6] == 255).all()
    assert (picture[:, 7:] == 0).all()
    assert figure.get_suptitle() == "Title"


def test_long_and_odd_captions_are_kept_whole_or_cut():
    figure = labelled_pictures([[GREY]], ["$x_1 & <b>\n" + "very " * 20])
    first, second = figure.axes[0].get_xlabel().split("\n")
    assert first == "$x_1 & <b>"
    assert len(second) == 16
    figure.draw_without_rendering()


def test_captions_may_stand_over_the_pictures():
    figure = labelled_pictures([[GREY]] * 2, ["$a$", "a name that is long"], over=True)
    assert [axes.get_title() for axes in figure.axes] == ["$a$", "a name that is …"]
    assert not figure.axes[0].get_xlabel()
    figure.draw_without_rendering()


@pytest.mark.parametrize(("groups", "captions"), [([], []), ([[GREY]], [])])
def test_a_caption_for_each_group(groups, captions):
    with pytest.raises(ValueError, match="expected a caption for each group"):
        labelled_pictures(groups, captions)
