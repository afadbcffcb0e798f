"""Cost against quality, and reliability: what stands on them, and nothing outside."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from versus.figures.pareto import CostPoint, pareto, short
from versus.figures.reliability import ReliabilityBin, reliability

POINTS = [
    CostPoint("fc", 0, 4e5, 4e5, 4e5, 97.1, 96.9, 97.3, True),
    CostPoint("cnn", 1, 2e6, 1.5e6, 2.5e6, 98.9, 98.7, 99.1, True),
    CostPoint("waste", 2, 3e6, 3e6, 3e6, 98.1, 98.0, 98.2, False),
]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_variant_is_there_by_name_within_the_axes(count):
    figure = pareto(POINTS[:count], cost="multiply-adds", quality="accuracy, %")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == [p.name for p in sorted(
        POINTS[:count], key=lambda p: p.quality
    )]  # fmt: skip
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert right / left >= 10
    for point in POINTS[:count]:
        assert left < point.cost_low <= point.cost_high < right
        assert bottom < point.quality_low <= point.quality_high < top


@given(
    points=st.lists(
        st.tuples(st.floats(1e5, 1e7), st.floats(97, 99), st.booleans()), min_size=1, max_size=7
    )
)
@settings(max_examples=25, deadline=None)
def test_no_name_covers_another_or_a_point(points):
    """Wherever the points are, also where all are in one place."""
    drawn = [
        CostPoint(f"kernel-{i}x{i}", i, cost, cost, cost, quality, quality - 0.1, quality + 0.1, on)
        for i, (cost, quality, on) in enumerate(points)
    ]
    figure = pareto(drawn, cost="multiply-adds", quality="accuracy, %")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    # The text by itself; its line to the point is not part of it.
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == len(points)
    frame = axes.get_window_extent().expanded(1.01, 1.01)
    for number, box in enumerate(boxes):
        assert frame.containsx(box.x0)
        assert frame.containsx(box.x1)
        assert frame.containsy(box.y0)
        assert frame.containsy(box.y1)
        for other in boxes[:number]:
            assert not box.shrunk(0.98, 0.98).overlaps(other)
        for point in drawn:
            assert not box.contains(*axes.transData.transform((point.cost, point.quality)))


def test_what_is_beaten_is_hollow_and_the_front_in_steps():
    (axes,) = pareto(POINTS, cost="multiply-adds", quality="accuracy, %").axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    hollow = [line.get_markerfacecolor() != line.get_color() for line in dots]
    assert hollow == [False, False, True]
    (steps,) = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert list(steps.get_xdata())[:3] == [4e5, 4e5, 2e6]
    assert list(steps.get_ydata())[1:] == [97.1, 98.9, 98.9]


@pytest.mark.parametrize(
    ("number", "text"), [(0.1, "0.1"), (10, "10"), (2e4, "20k"), (3e6, "3M"), (1e9, "1G")]
)
def test_numbers_of_an_axis(number, text):
    assert short(number) == text


def test_errors_too_rare_to_see_are_hollow_at_the_edge():
    bins = [ReliabilityBin(0.1, 0.2, 0.1, 0.3), ReliabilityBin(1e-9, 0.0, 0.0, 0.01)]
    (axes,) = reliability({"a": bins}, floor=1e-3).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() != line.get_color() for line in dots] == [False, True]
    assert list(dots[1].get_xdata()) == [1e-6]
    assert list(dots[1].get_ydata()) == [1e-3]
    assert axes.get_xlim()[0] < 1e-6 < axes.get_ylim()[0] < 1e-3


def test_a_variant_without_bins_keeps_its_colour_for_the_others():
    bins = [ReliabilityBin(0.1, 0.2, 0.1, 0.3)]
    (axes,) = reliability({"none": [], "a": bins}, floor=1e-3).axes
    (dot,) = [line for line in axes.lines if line.get_marker() == "o"]
    (alone,) = reliability({"a": bins}, floor=1e-3).axes
    (other,) = [line for line in alone.lines if line.get_marker() == "o"]
    assert dot.get_color() != other.get_color()
