"""Learning curves: what is drawn, held against the tables it is drawn from."""

import numpy as np
import pandas as pd
import pytest

from versus.figures.learning_curves import (
    curve_band,
    learning_curve,
    learning_curves,
    mean_curve,
    spread,
)
from versus.figures.style import PALETTE


def table(*losses: float, validation: bool = True) -> pd.DataFrame:
    epochs = pd.Index(range(1, len(losses) + 1), name="epoch")
    loss = np.array(losses)
    columns = {"loss": loss, "accuracy": 1 - loss}
    if validation:
        columns |= {"val_loss": loss + 0.1, "val_accuracy": 0.9 - loss}
    return pd.DataFrame(columns, index=epochs)


def test_mean_stops_where_the_first_seed_stops():
    mean = mean_curve([table(0.8, 0.6, 0.4), table(0.6, 0.2)], "loss")
    assert mean.index.tolist() == [1, 2]
    assert mean.tolist() == pytest.approx([0.7, 0.4])
    assert mean_curve([], "loss").empty
    assert mean_curve([table(0.5, validation=False)], "val_loss").empty


def test_two_axes_with_every_seed_and_the_mean():
    figure = learning_curves({"fc": [table(0.8, 0.6), table(0.6, 0.2)], "cnn": [table(0.3, 0.1)]})
    loss, accuracy = figure.axes
    assert [axes.get_title(loc="left") for axes in (loss, accuracy)] == ["Loss", "Accuracy"]
    drawn = [
        (line.get_color(), line.get_linestyle(), list(line.get_ydata()))
        for line in loss.lines
        if len(line.get_xdata()) > 1
    ]
    fc, cnn = PALETTE[:2]
    assert len(drawn) == 2 * 3 + 2 * 1
    assert drawn[0] == (fc, "--", [0.8, 0.6])
    assert (drawn[5][0], drawn[5][1]) == (fc, "-")
    assert drawn[5][2] == pytest.approx([0.8, 0.5])
    assert drawn[6] == (cnn, "--", [0.3, 0.1])
    assert {text.get_text() for text in loss.texts} == {"fc", "cnn"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("validation", "training", "one seed")
    ]
    figure.draw_without_rendering()


def test_names_stay_at_the_ends_of_their_lines_when_axes_change():
    figure = learning_curves({"fc": [table(0.8, 0.6)], "cnn": [table(0.3, 0.1)]})
    loss = figure.axes[0]

    def off() -> list[float]:
        """Return how far below its line's end each name stands, in shares of the axes."""
        figure.draw_without_rendering()
        low, high = loss.get_ylim()
        ends = {"fc": 0.7, "cnn": 0.2}  # of validation
        return [
            text.get_position()[1] - (ends[text.get_text()] - low) / (high - low)
            for text in loss.texts
        ]

    assert off() == pytest.approx([0, 0])
    loss.set_ylim(0.1, 3)
    dots = [each for each in loss.get_children() if getattr(each, "get_marker", str)() == "o"]
    assert len(dots) == 2
    assert off() == pytest.approx([0, 0])
    assert [float(dot.get_ydata()[0]) for dot in dots] == pytest.approx([0.6 / 2.9, 0.1 / 2.9])
    loss.set_yscale("log")
    loss.set_ylim(0.1, 1)
    figure.draw_without_rendering()
    heights = [text.get_position()[1] for text in loss.texts]
    assert heights == pytest.approx([1 + np.log10(0.7), 1 + np.log10(0.2)])


def test_a_single_model_needs_no_name():
    figure = learning_curves({"": [table(0.5, validation=False)]})
    assert not figure.axes[0].texts
    figure.draw_without_rendering()


@pytest.mark.parametrize("curves", [{}, {"fc": []}, {"fc": [table(float("nan"), float("inf"))]}])
def test_nothing_to_draw_is_drawn(curves):
    learning_curves(curves).draw_without_rendering()
    learning_curve(curves, "loss").draw_without_rendering()


def test_names_are_never_taken_for_formulas():
    learning_curve({"$\\frac": [table(0.5, 0.4)]}, "loss").draw_without_rendering()


def test_spread_keeps_order_and_distance():
    placed = spread([0.5, 0.5, 0.51, 0.1], 0.1)
    assert placed.tolist() == pytest.approx([0.5, 0.6, 0.7, 0.1])
    crowded = spread([1.0, 1.0, 1.0], 0.1)
    assert np.diff(np.sort(crowded)) == pytest.approx([0.1, 0.1])
    assert crowded.max() <= 1.05
    assert len(spread([], 0.1)) == 0


def test_the_band_goes_from_the_least_to_the_most_seed():
    band = curve_band([table(0.8, 0.6, 0.4), table(0.6, 0.7)], "loss")
    assert band["low"].tolist() == [0.6, 0.6]
    assert band["high"].tolist() == [0.8, 0.7]
    assert curve_band([], "loss").empty


def test_the_onset_is_ringed_on_the_validation_mean():
    curves = {"fc": [table(0.8, 0.2, 0.4)], "cnn": [table(0.3, 0.1, 0.1)]}
    figure = learning_curve(curves, "loss", onsets={"fc": 2, "gone": 1})
    rings = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none"]
    ((x, y),) = [(line.get_xdata()[0], line.get_ydata()[0]) for line in rings]
    assert (x, y) == (2, pytest.approx(0.3))


def test_each_seed_has_an_id_of_its_own():
    figure = learning_curve({"fc": [table(0.8, 0.6), table(0.6, 0.2)]}, "loss")
    ids = [line.get_gid() for line in figure.axes[0].lines]
    assert ids[:3] == ["mark.0.0.loss-0", "mark.0.1.loss-0", "mark.0.all.loss-mean-0"]
    assert ids[3:6] == [name.replace("loss", "val_loss") for name in ids[:3]]
