"""Numbers as text."""

import pytest

from versus.reports import numbers


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([0.32], 2), ([0.0123], 3), ([12.0], 1), ([], 1), ([0.0, None], 1), ([0.00001], 4)],
)
def test_decimals_show_two_digits_within_bounds(sizes, expected):
    assert numbers.decimals(sizes, 1, 4) == expected


def test_signs_and_missing_numbers():
    assert numbers.plain(-1234.56, 1) == "\u22121,234.6"
    assert numbers.plain(-0.001, 1) == "0.0"
    assert numbers.signed(0.04, 1) == "0.0"
    assert numbers.signed(0.06, 1) == "+0.1"
    assert numbers.plain(None, 2) == numbers.percent(None) == numbers.duration(None) == "\u2013"
    assert numbers.count(float("nan")) == "\u2013"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1.06, "1.1 s"),
        (42.4, "42 s"),
        (116, "1 min 56 s"),
        (3_720, "1 h 02 min"),
        (59.7, "1 min 00 s"),
    ],
)
def test_durations(seconds, expected):
    assert numbers.duration(seconds).replace("\u00a0", " ") == expected


def test_certainty_is_never_rounded_up_to_all():
    assert numbers.certainty(0.999) == ">99\u00a0%"
    assert numbers.certainty(0.994) == "99\u00a0%"
    assert numbers.certainty(1.0) == "100\u00a0%"


@pytest.mark.parametrize(
    ("p", "text"), [(0.03125, "0.031"), (1.0, "1"), (0.125, "0.125"), (2**-15, "0.000031")]
)
def test_p_values(p, text):
    assert numbers.p_value(p) == text


def test_lists():
    assert numbers.listed(["a"]) == "a"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
    assert numbers.listed([]) == ""
    assert numbers.plural(1, "seed") == "1 seed"
    assert numbers.plural(2, "seed") == "2 seeds"
