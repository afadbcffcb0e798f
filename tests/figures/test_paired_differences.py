"""Paired differences: a dot a seed, and the interval."""

import pytest

from versus.figures.paired_differences import (
    PairedDifferences,
    paired_differences,
    reach,
    stack,
)
from versus.figures.style import MUTED, PALETTE


def row(*differences: float, **changes) -> PairedDifferences:
    values = {"a": "fc", "b": "cnn", "a_number": 0, "b_number": 1, "mean": 1.0}
    return PairedDifferences(
        **{**values, "low": -1.0, "high": 2.0, **changes}, differences=differences
    )


def dots(figure) -> list[tuple[float, str]]:
    lines = [line for line in figure.axes[0].lines if line.get_markersize() == 7.5]
    return [(float(line.get_xdata()[0]), line.get_color()) for line in lines]


def test_each_seed_is_a_dot_in_the_colour_of_whoever_did_better():
    figure = paired_differences([row(-1.0, 0.0, 2.0)], label="points")
    fc, cnn = PALETTE[:2]
    assert dots(figure) == [(-1.0, fc), (0.0, MUTED), (2.0, cnn)]
    figure = paired_differences([row(-1.0, 2.0)], label="loss", higher_is_better=False)
    assert dots(figure) == [(-1.0, cnn), (2.0, fc)]
    assert [text.get_text() for text in figure.axes[0].texts] == [
        *("\u2190 cnn better", "fc better \u2192")
    ]


def test_zero_and_everything_else_is_within_reach():
    low, high = reach([row(3.0, 4.0, low=2.0, high=5.0)], margin=None)
    assert low < 0 < 5 < high
    low, high = reach([row(3.0, 4.0)], margin=9.0)
    assert low < -9 < 9 < high
    assert reach([row(mean=None, low=None, high=None)], None) == (-0.2, 0.2)


@pytest.mark.parametrize(
    "rows",
    [
        [row(1.0, low=None, high=None)],
        [row(mean=None, low=None, high=None)],
        [row(*[0.0] * 12), row(1.0, 2.0, a="$x_", b="y" * 80)],
    ],
)
def test_unusual_rows_are_drawn(rows):
    for width in (7.6, 3.9):
        figure = paired_differences(rows, label="points", margin=0.5, width=width)
        figure.draw_without_rendering()


def test_dots_never_hide_each_other():
    assert stack([1.0, 1.0, 5.0, 1.05], 0.1).tolist() == [0, 1, 0, 2]
    assert stack([1.0, 1.2, 1.1], 0.1).tolist() == [0, 0, 0]
    assert stack([], 0.1).tolist() == []
