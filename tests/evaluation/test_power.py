"""The planner's power: against the test itself, and against what must hold of any power."""

import numpy as np
import pytest

from versus.errors import ConfigurationError
from versus.evaluation.power import detectable, power, seeds_for, sequential_power
from versus.evaluation.signflip import SignFlip


def rate(n, effect, alpha, studies=400):
    rng = np.random.default_rng([n, int(100 * effect)])
    tests = [SignFlip(rng.normal(size=n) + effect) for _ in range(studies)]
    return np.mean([t.p_value() <= alpha and t.p_greater() < t.p_less() for t in tests])


@pytest.mark.parametrize(("n", "effect"), [(6, 1.5), (8, 1.0), (10, 0.8), (11, 0.8), (13, 0.7)])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 3])
def test_it_is_the_power_of_the_test_itself(n, effect, alpha):
    planned = power(n, effect, alpha)
    error = np.sqrt(max(planned * (1 - planned), 0.01) / 400)
    assert rate(n, effect, alpha) == pytest.approx(planned, abs=3 * error + 0.02)


def test_six_seeds_by_hand():
    """With 6 seeds p is at most 0.05 only if all agree: the sixth power of one's chance."""
    from scipy.stats import norm

    assert power(6, 1.0) == pytest.approx(norm.cdf(1.0) ** 6, abs=0.02)
    assert power(5, 100.0) == 0.0
    assert power(6, 100.0) == 1.0
    assert power(6, 0.0) == 0.0


def test_equivalent_is_right_too():
    # However wide the margin, one study of twenty calls it better or worse.
    assert power(10, 0.0, margin=100.0) == pytest.approx(0.95, abs=0.01)
    assert power(10, 0.0, margin=0.1) == 0.0
    assert power(8, 0.5, margin=1.5) > power(8, 0.5)
    assert power(8, 2.0, margin=1.5) == power(8, 2.0), "outside the margin it is no right word"


def test_detectable_is_the_effect_with_that_power():
    assert detectable(5) is None
    assert power(8, detectable(8)) == pytest.approx(0.8, abs=0.001)
    assert detectable(8) > detectable(10) > detectable(20) > detectable(100)
    assert detectable(10, 0.05 / 6) > detectable(10)


def test_seeds_for():
    assert seeds_for(100.0) == 6
    assert seeds_for(100.0, 0.05 / 6) == 8
    n = seeds_for(0.5)
    assert power(n, 0.5) >= 0.8 > power(n - 1, 0.5)
    # The t-test's n for an effect of 0.5 at 80 % (two-sided, 5 %) is 34 (J. Cohen 1988).
    assert 32 <= n <= 35
    assert seeds_for(0.001) is None
    assert 10 < seeds_for(0.0, margin=1.0) < 25
    with pytest.raises(ConfigurationError, match="power"):
        seeds_for(1.0, wanted=80)


def test_looks_find_what_one_look_finds():
    once, _ = sequential_power((10,), (0.05,), 1.0)
    assert once[0] == pytest.approx(power(10, 1.0), abs=0.04)
    by_look, seeds = sequential_power((10, 20), (0.02, 0.03), 1.0)
    assert 0 < by_look[0] < by_look[1] <= 1
    assert 10 < seeds < 20
    assert sequential_power((8, 12), (0.02, 0.03), 50.0) == ([1.0, 1.0], 8.0)
