"""Intervals and spreads of single numbers: how far to trust an accuracy or a mean."""

import math
import statistics
from collections.abc import Iterable
from typing import Any, NamedTuple

# scipy has no types.
from scipy.stats import (  # pyright: ignore[reportMissingTypeStubs]
    binomtest,  # pyright: ignore[reportUnknownVariableType]
)

from versus.errors import ConfigurationError


class Interval(NamedTuple):
    """A confidence interval; -inf or inf where a side has no bound."""

    low: float
    high: float


class MeanSd(NamedTuple):
    """Mean and spread of a few numbers.

    Attributes:
        mean: None where there is no number.
        sd: the sample standard deviation (ddof=1); None for fewer than two numbers.
        n: how many numbers these are of.
    """

    mean: float | None
    sd: float | None
    n: int


def wilson(correct: int, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a proportion, without continuity correction.

    It says how far an accuracy may lie from the one on endless pictures of the same kind; it
    knows nothing about how much another seed would change. Source: E. B. Wilson 1927, "Probable
    inference, the law of succession, and statistical inference", JASA 22.

    Args:
        correct: how many of the pictures are right, 0 to `n`.
        n: how many pictures there are, at least 1.
        level: the confidence, between 0 and 1.

    Raises:
        ConfigurationError: a value is out of its range.
    """
    check_level(level)
    if not 0 <= correct <= n or n < 1:
        raise ConfigurationError(
            f"expected at least 1 picture and 0 to n of them correct; got {correct} of {n}"
        )
    found: Any = binomtest(int(correct), int(n)).proportion_ci(level, method="wilson")
    return Interval(float(found.low), float(found.high))


def mean_sd(values: Iterable[float | None]) -> MeanSd:
    """Return mean, sample standard deviation and count of the finite numbers among `values`.

    None, NaN and infinities (a run that failed or diverged) are left out; `n` does not count them.
    """
    finite = [float(value) for value in values if value is not None and math.isfinite(value)]
    if not finite:
        return MeanSd(None, None, 0)
    # statistics.stdev is exact: equal numbers give 0, where numpy leaves a rounding error.
    sd = statistics.stdev(finite) if len(finite) > 1 else None
    return MeanSd(statistics.fmean(finite), sd, len(finite))


def check_level(level: float) -> float:
    """Return `level` if it is a confidence between 0 and 1.

    Raises:
        ConfigurationError: it is not.
    """
    if 0 < level < 1:
        return level
    raise ConfigurationError(f"expected a level between 0 and 1, such as 0.95; got {level!r}")
