"""Every seed as a dot: what is drawn, held against the table it is drawn from."""

import pytest

from versus.figures.seed_dots import SeedRow, seed_dots
from versus.figures.style import PALETTE


def test_every_value_is_a_dot_and_the_mean_a_diamond():
    rows = [
        SeedRow("fc", 0, (91.0, 90.0, 90.5), 90.5, 0.5),
        SeedRow("cnn", 1, (98.0,), 98.0, None),
        SeedRow("none", 2, (), None, None),
    ]
    figure = seed_dots(rows, label="accuracy, %")
    (axes,) = figure.axes
    dots = [
        (line.get_color(), line.get_xdata()[0]) for line in axes.lines if line.get_marker() == "o"
    ]
    fc, cnn = PALETTE[:2]
    assert sorted(dots) == sorted([(fc, 91.0), (fc, 90.0), (fc, 90.5), (cnn, 98.0)])
    means = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"]
    assert means == [90.5, 98.0]
    (spread,) = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert list(spread.get_xdata()) == [90.0, 91.0]
    assert [text.get_text() for text in axes.texts] == ["fc", "cnn", "none"]
    figure.draw_without_rendering()


@pytest.mark.parametrize("values", [(0.0,), (1.0, 1.0, 1.0), tuple(float(n) for n in range(40))])
def test_any_spread_is_drawn(values):
    figure = seed_dots([SeedRow("x" * 60, 0, values, values[0], None)], label="y", width=3.9)
    figure.draw_without_rendering()
