"""Printed learning curves: the numbers, held against our runs, told and drawn."""

import re
from dataclasses import replace

import pytest
from test_library import few_pictures

from versus.figures.printed_curve import PrintedPoint, printed_curve
from versus.library.published import curves
from versus.library.published.documents import DOCUMENTS
from versus.library.published.figures import Printed
from versus.library.reproduction.epochs import EpochRow, one_epoch_alone, said_of_epochs
from versus.library.reproduction.reproduce import reproduce
from versus.library.reproduction.text import markdown, tally
from versus.reports.printed_curves import curve_drawings, write_curves
from versus.reports.reproduction import write_reproduction_page

SYSTEMS = {s.variant: s for d in DOCUMENTS.values() for s in d.systems}
EPOCHS = {"A": 20, "B": 12, "C": 10, "D": 25}
LOSS = Printed("test", "loss", "0.0404")


def short(study):
    """The study on noise, for two epochs."""
    return replace(study.with_changes(epochs=2), data=few_pictures(10))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Three seeds of document A's first study, in short form."""
    return reproduce(["fc-vs-cnn"], tmp_path_factory.mktemp("a"), seeds=3, change=short)


@pytest.mark.parametrize("letter", EPOCHS)
def test_every_epoch_printed_is_there(letter):
    systems = [s for s in DOCUMENTS[letter].systems if s.curve]
    assert systems
    for system in systems:
        wanted = [(split, m) for split in ("train", "validation") for m in ("loss", "accuracy")]
        found = [(p.epoch, p.split, p.metric) for p in system.curve]
        assert found == [(e, *w) for e in range(1, EPOCHS[letter] + 1) for w in wanted]
        for printed in system.curve:
            assert re.fullmatch(r"\d\.\d{4}", printed.text)
            assert printed.metric == "loss" or 0 < printed.value < 1


def test_a_curve_ends_in_the_numbers_printed_of_the_end():
    for system in SYSTEMS.values():
        ends = {(p.split, p.metric): p for p in system.curve[-4:]}
        on_test = SYSTEMS["filters-32-3x3"].study, "kernel-sizes", "dropout-or-not"
        for figure in system.figures:
            tested = figure.split == "test" and system.study in on_test
            end = ends.get(("validation" if tested else figure.split, figure.metric))
            if end is not None:
                apart = abs(end.value - figure.value)
                assert apart <= end.rounding + 1e-12, (system.variant, figure, end)


def test_its_epochs_take_as_long_as_the_training_that_is_printed():
    # Whole seconds of 20 epochs; document A prints the whole beside them.
    for name in ("fc", "cnn-stride"):
        assert abs(curves.printed_seconds(name) - SYSTEMS[name].seconds) <= 10
    assert SYSTEMS["kernel-3x3"].seconds == 503


def test_no_curve_is_of_a_system_that_is_not_there():
    assert set(curves._lines()) == {name for name, s in SYSTEMS.items() if s.curve}
    with pytest.raises(KeyError):
        curves.printed_curve("lab")


def test_rows_hold_each_epoch_against_the_runs(rows):
    ((document),) = rows
    fc = document.systems[0]
    assert len(fc.curve) == 80
    first = fc.curve[0]
    assert (first.name, first.printed, first.n) == ("train loss, epoch 1", "2.1978", 3)
    assert first.lowest < first.mean < first.highest
    assert first.low < first.mean < first.high
    assert {row.outcome for row in fc.curve if row.epoch > 2} == {"not run"}
    said = said_of_epochs(fc.curve)
    inside = sum(row.inside for row in fc.curve if row.epoch <= 2)
    assert said.startswith(
        f"Epoch by epoch, {inside} of 8 printed numbers lie in the 99 % interval"
    )
    assert "numbers printed of single epochs" in tally(rows)


def test_a_system_that_cannot_be_checked_has_its_curve_beside_it_and_no_word(tmp_path):
    ((document),) = reproduce(["cnn-vs-resnet"], tmp_path, run=False)
    curve = document.systems[0].curve
    assert {row.outcome for row in curve} == {"cannot be checked"}
    assert said_of_epochs(curve) == ""
    assert tally([document]) == ""


def row(epoch, printed, split="validation", metric="loss", low=0.02, high=0.03):
    """An epoch of eight runs, which lie between `low` and `high`, and so does their interval."""
    mean = (low + high) / 2
    return EpochRow(
        epoch, split, metric, printed, mean, 0.001, 8, low, high, low, high, "reproduced"
    )


def curve_of(*validation, trained="0.0250"):
    train = [row(e, trained, "train") for e in range(1, len(validation) + 1)]
    return [*train, *(row(e, text) for e, text in enumerate(validation, 1))]


def test_an_excursion_of_the_last_epoch_is_the_reason_only_where_it_is_one():
    steady = ("0.0250",) * 9
    said = one_epoch_alone(curve_of(*steady, "0.0404"), LOSS)
    assert "an excursion of epoch 10 alone. Of the 19 other numbers printed" in said
    assert "19 are reproduced" in said
    assert "in epochs 6 to 10 of 8 runs of ours it was never above 0.0300" in said
    assert one_epoch_alone(curve_of(*steady[:-1], "0.0404", "0.0404"), LOSS) == ""  # no excursion
    assert one_epoch_alone(curve_of(*steady, "0.0404", trained="0.0404"), LOSS) == ""
    assert one_epoch_alone(curve_of(*steady, "0.0250"), LOSS) == ""  # of another number
    assert one_epoch_alone(curve_of(*["0.0404"] * 4, *steady, "0.0404"), LOSS) == ""
    assert one_epoch_alone([], LOSS) == ""


def test_what_lies_outside_is_named_or_counted():
    few = [row(1, "0.0250"), row(2, "0.0310")]
    assert said_of_epochs(few) == (
        "Epoch by epoch, 1 of 2 printed numbers lie in the 99 % interval for one more run. "
        "Outside: validation loss, epoch 2, printed 0.0310, 0.0200 to 0.0300."
    )
    many = [row(e, "0.0404") for e in range(1, 7)]
    assert said_of_epochs(many).endswith("Outside: 6 of validation loss.")
    # 0.030 stands for 0.0295 to 0.0305.
    assert said_of_epochs([row(1, "0.030", high=0.0296)]).endswith("one more run.")
    assert "Outside" in said_of_epochs([row(1, "0.0300", high=0.0296)])


def test_each_curve_is_drawn_in_the_page_and_as_files(rows, tmp_path):
    written = write_curves(rows, tmp_path)
    fc = written["A fc"]
    assert fc == ["printed-curves/A-fc-loss.svg", "printed-curves/A-fc-accuracy.svg"]
    before = [(tmp_path / path).read_bytes() for path in fc]
    assert all(content.startswith(b"<?xml") for content in before)
    write_curves(rows, tmp_path)
    assert [(tmp_path / path).read_bytes() for path in fc] == before
    page = markdown(rows, "versus reproduce", written)
    for path in fc:
        assert f"]({path})" in page
    html = write_reproduction_page(rows, tmp_path, "versus reproduce").read_text()
    assert "fc, Loss. Epoch by epoch," in html
    assert html.count('<div class="printed">') == len(written)
    assert "](printed" not in markdown(rows, "versus reproduce")


def test_nothing_is_drawn_before_three_runs(tmp_path):
    rows = reproduce(["fc-vs-cnn"], tmp_path / "runs", run=False)
    assert write_curves(rows, tmp_path) == {}
    assert not (tmp_path / "printed-curves").exists()
    assert curve_drawings(rows[0].systems[0], "a") == []


def test_dots_are_filled_where_they_lie_outside_and_all_are_on_the_axes():
    points = [
        PrintedPoint(1, 0.5, 0.4, 0.3, 0.6, True),
        PrintedPoint(2, 0.9, 0.2, -0.1, 0.3, False),
    ]
    figure = printed_curve(points, [], "Loss")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in dots] == [[0.5], [0.9]]
    assert dots[0].get_markerfacecolor() != dots[1].get_markerfacecolor()
    low, high = axes.get_ylim()
    assert 0 < low < 0.2
    assert high > 0.9
    assert axes.get_yscale() == "log"


def test_a_printed_zero_is_drawn_where_the_axis_ends():
    figure = printed_curve([PrintedPoint(1, 0.0, 0.0, -0.1, 0.1, True)], [], "Loss")
    figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_ylim()
    assert all(0 < low < y < high for line in axes.lines for y in line.get_ydata())
