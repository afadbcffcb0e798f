"""The sign-flip test: against scipy, against its own inversion, and where ties hide."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from versus.errors import ConfigurationError
from versus.evaluation.signflip import SignFlip

continuous = st.lists(st.floats(-1, 1, allow_subnormal=False), min_size=1, max_size=8)
tied = st.lists(st.integers(-4, 4).map(lambda k: k / 10_000), min_size=1, max_size=8)
differences = continuous | tied


def brute(values, delta):
    """Count sign vectors in exact arithmetic: values and delta are integers."""
    shifted = np.array(values, dtype=np.int64) - delta
    n = len(values)
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    sums = signs @ shifted
    return np.mean(sums >= shifted.sum()), np.mean(sums <= shifted.sum())


@pytest.mark.parametrize("n", [2, 3, 6, 8, 10])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("delta", [0.0, 0.0002, -0.001])
@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_equals_scipys_permutation_test(n, ties, delta, alternative):
    rng = np.random.default_rng(n)
    values = rng.integers(-3, 8, size=n) / 10_000 if ties else rng.normal(0.0004, 0.001, size=n)
    # scipy has its own tolerance for ties, so it is given whole numbers where they occur.
    shifted = np.round((values - delta) * 10_000) if ties else values - delta
    expected = permutation_test(
        (shifted,),
        np.mean,
        permutation_type="samples",
        alternative=alternative,
        n_resamples=np.inf,
    ).pvalue
    found = SignFlip(values)
    p_of = {"greater": found.p_greater, "less": found.p_less, "two-sided": found.p_value}
    assert p_of[alternative](delta) == pytest.approx(expected, abs=1e-12)


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=9), delta=st.integers(-60, 60))
def test_equals_counting_in_whole_numbers(values, delta):
    greater, less = brute(values, delta)
    # As accuracies on 10,000 pictures, whose differences are not exact in binary.
    found = SignFlip([(5000 + value) / 10_000 - 5000 / 10_000 for value in values])
    assert found.p_greater(delta / 10_000) == greater
    assert found.p_less(delta / 10_000) == less


@settings(max_examples=200)
@given(
    values=differences, level=st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.96875, 0.99]), data=st.data()
)
def test_the_interval_is_the_test_inverted(values, level, data):
    found = SignFlip(values)
    low, high = found.interval(level)
    alpha, scale = 1 - level, max(map(abs, values))
    assert low <= high
    for end in (low, high):
        assert math.isinf(end) or found.p_value(end) > alpha
    delta = data.draw(st.floats(-1.5, 1.5).map(lambda x: x * scale))
    assume(all(abs(delta - end) > 1e-8 * scale for end in (low, high)) or scale == 0)
    assert (low <= delta <= high) == (found.p_value(delta) > alpha)
    # Verdicts are about zero, where nothing may hide behind a tolerance.
    assert (low <= 0 <= high) == (found.p_value() > alpha)


@given(values=differences)
def test_the_mean_is_never_rejected(values):
    found = SignFlip(values)
    assert found.p_value(found.mean) == 1.0
    low, high = found.interval(0.5)
    tolerance = 1e-9 * max(map(abs, values))
    assert low - tolerance <= found.mean <= high + tolerance


@given(values=differences, delta=st.sampled_from([0.0, 0.25, -0.0003]))
def test_sign_symmetry(values, delta):
    found, mirrored = SignFlip(values), SignFlip([-value for value in values])
    assert found.p_greater(delta) == mirrored.p_less(-delta)
    low, high = found.interval(0.8)
    assert mirrored.interval(0.8) == pytest.approx((-high, -low), abs=1e-12)


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=8), shift=st.integers(-20, 20))
def test_shift_equivariance(values, shift):
    found = SignFlip(np.array(values) / 64)
    moved = SignFlip((np.array(values) + shift) / 64)
    for delta in (0.0, 0.125):
        assert moved.p_value(delta + shift / 64) == found.p_value(delta)
    low, high = found.interval(0.9)
    expected = (low + shift / 64, high + shift / 64)
    assert moved.interval(0.9) == pytest.approx(expected, abs=1e-9)


@given(values=continuous, factor=st.sampled_from([1e-6, 0.5, 1e6]))
def test_the_unit_does_not_matter(values, factor):
    scaled = [value * factor for value in values]
    assume(all(scaled[i] != 0 or values[i] == 0 for i in range(len(values))))
    assert SignFlip(scaled).p_value() == SignFlip(values).p_value()


def test_ties_that_rounding_breaks():
    rounded = 0.1 + 0.2 - 0.3
    assert rounded != 0
    values = [rounded, 0.1, -0.1, 0.3 - 0.2, 0.2 - 0.1, -0.3 + 0.2]
    exact = SignFlip([0, 1, -1, 1, 1, -1])
    found = SignFlip(values)
    for delta in (0, 1, -1, 0.5):
        assert found.p_greater(delta / 10) == exact.p_greater(delta)
        assert found.p_less(delta / 10) == exact.p_less(delta)
    low, high = found.interval(0.5)
    assert low == 0.0 or abs(low) > 1e-3
    assert low <= 0.0 <= high


def test_ties_of_accuracies_on_ten_thousand_pictures():
    a = [0.9766, 0.9781, 0.9759, 0.9770, 0.9768, 0.9775]
    b = [0.9767, 0.9782, 0.9760, 0.9771, 0.9769, 0.9776]
    found = SignFlip(np.array(b) - np.array(a))
    assert found.p_value(0.0001) == 1.0
    assert found.p_greater(0.0001) == found.p_less(0.0001) == 1.0
    assert found.p_value() == 1 / 32


@pytest.mark.parametrize("n", range(1, 13))
def test_smallest_p_and_the_seeds_it_takes(n):
    found = SignFlip(np.arange(1, n + 1))
    assert found.p_value() == found.smallest_p == 2.0 ** (1 - n)
    assert found.p_greater() == 2.0**-n
    bounded = n >= 6
    assert math.isfinite(found.interval(0.95).low) == bounded
    if n == 6:
        assert found.interval(0.95) == (1.0, 6.0)
    if not bounded:
        assert found.interval(0.95) == (-math.inf, math.inf)


def test_one_difference():
    found = SignFlip([0.25])
    assert (found.n, found.mean, found.exact, found.smallest_p) == (1, 0.25, True, 1.0)
    assert found.p_greater() == 0.5
    assert found.p_less() == 1.0
    assert found.p_value() == 1.0
    assert found.interval(0.5) == (-math.inf, math.inf)


def test_differences_that_are_all_zero():
    found = SignFlip([0.0] * 7)
    assert found.p_value() == found.p_greater() == found.p_less() == 1.0
    assert found.interval() == (0.0, 0.0)
    assert found.p_less(0.01) == 2.0**-7


def test_differences_that_are_all_equal():
    found = SignFlip([0.0003] * 7)
    assert found.p_value() == 2.0**-6
    assert found.p_value(0.0003) == 1.0
    assert found.interval() == pytest.approx((0.0003, 0.0003))


def test_twenty_are_counted_in_full_and_more_are_drawn():
    values = np.random.default_rng(1).normal(0.4, 1, size=21)
    assert SignFlip(values[:20]).exact
    with pytest.raises(ConfigurationError, match=r"21 differences.*rng"):
        SignFlip(values)
    found = SignFlip(values, np.random.default_rng(2))
    assert not found.exact
    assert found.smallest_p == 2.0**-15
    # Ten times more sign vectors, drawn apart, as the truth.
    signs = np.random.default_rng(3).choice([-1.0, 1.0], size=(655_360, 21))
    expected = 2 * np.mean(signs @ values >= values.sum())
    assert found.p_value() == pytest.approx(expected, abs=5 * math.sqrt(2 * expected / 2**16))
    low, high = found.interval()
    assert found.p_value(low) > 0.05
    assert found.p_value(high) > 0.05
    assert found.p_value(low - 1e-6) <= 0.05
    assert found.p_value(high + 1e-6) <= 0.05
    assert SignFlip(values, np.random.default_rng(2)).interval() == (low, high)
    assert SignFlip(-values, np.random.default_rng(2)).interval() == pytest.approx((-high, -low))
    assert SignFlip(np.full(30, 0.1), np.random.default_rng(2)).p_value() == found.smallest_p


def test_draws_count_as_valid_when_some_flip_nothing(monkeypatch):
    monkeypatch.setattr("versus.evaluation.signflip.MOST_EXACT", 2)
    found = SignFlip([1.0, 2.0, 4.0], np.random.default_rng(0))
    assert not found.exact
    exact = 2.0**-3
    assert found.p_greater() == pytest.approx(exact, abs=0.005)
    assert found.p_less() == 1.0
    low, high = found.interval(0.7)
    assert (low, high) == (1.0, 4.0)


def test_it_is_frozen_and_copies():
    values = np.array([1.0, 2.0])
    found = SignFlip(values)
    values[:] = -5
    assert found.mean == 1.5
    with pytest.raises(AttributeError):
        found.differences = values  # type: ignore[misc]


@pytest.mark.parametrize("bad", [[], [math.nan], [1.0, math.inf], [[1.0], [2.0]]])
def test_what_cannot_be_tested(bad):
    with pytest.raises(ConfigurationError, match="finite differences"):
        SignFlip(bad)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_is_between_0_and_1(level):
    with pytest.raises(ConfigurationError, match=r"0\.95"):
        SignFlip([1.0, 2.0]).interval(level)
