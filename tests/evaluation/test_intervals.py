"""Wilson's interval by its own formula, and mean and spread."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versus.errors import ConfigurationError
from versus.evaluation.intervals import mean_sd, wilson


@given(n=st.integers(1, 10_000), share=st.floats(0, 1))
def test_wilson_is_the_textbook_formula(n, share):
    correct = round(share * n)
    p, z = correct / n, 1.959963984540054
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = wilson(correct, n)
    assert low == pytest.approx(max(middle - half, 0), abs=1e-9)
    assert high == pytest.approx(min(middle + half, 1), abs=1e-9)
    assert low <= p <= high or math.isclose(low, p) or math.isclose(high, p)


def test_wilson_narrows_with_level():
    assert wilson(90, 100, 0.8).low > wilson(90, 100, 0.95).low > wilson(90, 100, 0.99).low


@pytest.mark.parametrize(
    "bad", [(5, 4, 0.95), (-1, 4, 0.95), (0, 0, 0.95), (1, 4, 1.0), (1, 4, 95)]
)
def test_wilson_says_what_is_wrong(bad):
    with pytest.raises(ConfigurationError, match="expected"):
        wilson(*bad)


def test_mean_sd():
    assert mean_sd([1.0, 2.0, 3.0]) == (2.0, 1.0, 3)
    assert mean_sd([0.9766] * 6).sd == 0.0
    assert mean_sd([0.5]) == (0.5, None, 1)
    assert mean_sd([]) == (None, None, 0)
    assert mean_sd([0.5, None, math.nan, math.inf]) == (0.5, None, 1)
