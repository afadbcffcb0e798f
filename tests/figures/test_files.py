"""Figures as bytes: the same for the same figure, in every format, whatever letters they have."""

import io
import warnings

import pytest
from matplotlib.figure import Figure
from PIL import Image

from versus.figures.files import PAPER_DPI, SCREEN_DPI, figure_bytes
from versus.figures.style import new_figure

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


def named(title: str) -> Figure:
    figure = new_figure(2, 1)
    figure.add_subplot().set_title(title)
    return figure


@pytest.mark.parametrize("form", STARTS)
def test_the_same_figure_gives_the_same_bytes(form):
    first = figure_bytes(named("loss"), form)
    assert first.startswith(STARTS[form])
    assert figure_bytes(named("loss"), form) == first
    assert figure_bytes(named("gain"), form) != first


@pytest.mark.parametrize("form", STARTS)
def test_letters_that_the_font_lacks_are_no_warning(form):
    with pytest.warns(UserWarning, match="missing from font"):
        named("\u6570\u5b57").savefig(io.BytesIO(), format=form)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure_bytes(named("\u6570\u5b57"), form)


@pytest.mark.parametrize("dpi", [SCREEN_DPI, PAPER_DPI])
def test_a_png_has_so_many_pixels_an_inch(dpi):
    picture = Image.open(io.BytesIO(figure_bytes(named("loss"), "png", dpi)))
    assert picture.size == (2 * dpi, dpi)
