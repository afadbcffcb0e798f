"""The one sentence that everybody reads."""

import pytest

from versus.reports.answer import answer
from versus.reports.endpoint import size_text, stated_margin
from versus.reports.sentence import Named, enumerated, sentence, text

FEW, MANY = (2, 3, 1, 2, 4, 3), (9, 12, 11, 9, 14, 12)
ALIKE = (3, 2, 1, 4, 2, 3)


def said(result) -> str:
    return text(answer(result, result.verdicts))


@pytest.mark.parametrize(
    ("errors", "changes", "expected"),
    [
        ({"a": MANY, "b": FEW}, {}, "b is better than a: it gets 14 more pictures in every 100"),
        ({"a": FEW, "b": MANY}, {}, "a is better than b: it gets 14 more pictures in every 100"),
        ({"a": FEW, "b": ALIKE}, {}, "These 6 seeds do not tell whether b or a is better."),
        ({"a": FEW, "b": ALIKE}, {"margin": 0.1}, "a and b are equally good, to within 10 points"),
        ({"a": (1,), "b": (9,)}, {}, "1 seed is not enough to tell whether b or a is better."),
        ({"a": (1, None), "b": (None, 1)}, {}, "a and b have no finished seed in common"),
        (
            {"a": (1, 2), "b": ()},
            {"failed": {("b", 0): "no memory", ("b", 1): "boom"}},
            "Every run of b failed, so there is nothing to hold a against.",
        ),
        ({"a": (None,), "b": (1,)}, {}, "a has no finished run, so there is nothing to hold b"),
        ({"a": (6,)}, {}, "a gets 900 of every 1,000 test pictures right."),
        (
            {"a": (6, 6)},
            {},
            "a gets 900 of every 1,000 test pictures right, on average over 2 seeds.",
        ),
        ({"a": (), "b": (None,)}, {}, "No run has finished yet"),
        (
            {"a": MANY * 2, "b": FEW * 2, "c": MANY * 2},
            {},
            "b is better than each of the 2 others.",
        ),
        ({"a": FEW, "b": FEW, "c": FEW}, {}, "These runs do not tell which of the 3 is best."),
        (
            {"a": FEW * 2, "b": ALIKE * 2, "c": MANY * 2},
            {},
            "a and b lead; which of them is best, these runs do not tell.",
        ),
    ],
)
def test_answers(study_folder, errors, changes, expected):
    assert said(study_folder.make(errors, **changes)).startswith(expected)


def test_loss_is_said_as_loss(study_folder):
    result = study_folder.make({"a": MANY, "b": FEW}, endpoint="nll")
    assert "b is better than a: its loss (NLL) is lower by 0." in said(result)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0.14, "it gets 14 more pictures in every 100 right"),
        (0.0123, "it gets 12 more pictures in every 1,000 right"),
        (0.0004, "it gets 4 more pictures in every 10,000 right"),
    ],
)
def test_an_advantage_is_counted_in_pictures(size, expected):
    assert size_text("accuracy", size) == expected


def test_margins_have_the_digits_they_were_stated_with():
    assert stated_margin("accuracy", 0.002) == "0.2 points of accuracy"
    assert stated_margin("accuracy", 0.01) == "1 point of accuracy"
    assert stated_margin("nll", 0.05) == "0.05 of loss (NLL)"


def test_names_with_braces_are_not_looked_through():
    assert sentence("{a} and {b}", a="{b}", b="x") == (Named("{b}"), " and ", Named("x"))
    assert text(enumerated(["a", "b", "c"])) == "a, b and c"
