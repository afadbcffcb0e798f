"""The page's sections on cost and calibration: from records alone, and silent without them."""

import pytest

from versus.evaluation.metrics import summarise
from versus.reports.calibration import calibration_table, reliability_bins, reliability_floor
from versus.reports.cost import cost_panels
from versus.reports.numbers import NONE
from versus.reports.page import write_report


def test_a_row_a_variant_from_what_the_runs_recorded(study_folder):
    result = study_folder.make({"a": [3, 4], "b": [9, 8]})
    first, second = calibration_table(result)
    assert (first.name, second.name) == ("a", "b")
    judged = [record.judged() for record in result.finished("b")]
    ece = sum(each["ece"] for each in judged) / 2
    assert second.ece == f"{100 * ece:.2f}"
    assert first.top.startswith("top-2 ")
    assert first.temperature == NONE
    assert first.nll_after == ""


def test_bins_of_all_seeds_hold_every_picture_and_error(study_folder):
    result = study_folder.make({"a": [3, 4], "b": [9, 9]})
    bins = reliability_bins(result)["b"]
    assert len(bins) == 10
    assert sum(each.observed for each in bins) / 10 == pytest.approx(9 / 60)
    assert all(each.low <= each.observed <= each.high for each in bins)
    expected = [each.expected for each in bins]
    assert expected == sorted(expected, reverse=True)
    assert reliability_floor(result) == pytest.approx(0.5 / 6)


def test_quality_against_what_is_known_of_the_cost(study_folder):
    result = study_folder.make({"a": [3, 4], "b": [9, 8]})
    panels = {panel.key: panel for panel in cost_panels(result)}
    # These runs were never timed for latency.
    assert list(panels) == ["parameters", "multiply_adds", "seconds"]
    seconds = panels["seconds"]
    assert seconds.sentence == "By training time: a is the cheapest, and none is better."
    a, b = seconds.points
    assert (a.on_front, b.on_front) == (True, False)
    assert (a.cost_low, a.cost, a.cost_high) == (61.5, 62, 62.5)
    assert a.quality == pytest.approx(100 * (1 - 3.5 / 60))


def test_the_page_shows_both(study_folder):
    page = write_report(study_folder.make({"a": [3, 4], "b": [9, 8]})).read_text()
    for text in ('id="cost"', 'id="calibration"', "By parameters: ", "by chance alone"):
        assert text in page


def test_runs_of_an_older_versus_have_no_such_section(study_folder, monkeypatch):
    def older(found):
        values = summarise(found)
        known = ("n", "correct", "accuracy", "accuracy_interval", "nll", "brier", "confusion")
        return {key: values[key] for key in (*known, "per_class")}

    monkeypatch.setitem(type(study_folder).make.__globals__, "summarise", older)
    result = study_folder.make({"a": [3], "b": [9]})
    assert calibration_table(result) == []
    assert 'id="calibration"' not in write_report(result).read_text()


def test_one_variant_has_nothing_to_be_held_against(study_folder):
    result = study_folder.make({"a": [3]})
    assert cost_panels(result) == []
    assert 'id="cost"' not in write_report(result).read_text()
