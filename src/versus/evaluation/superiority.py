"""Superiority: the chance that one variant beats another on a seed that neither has seen."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from versus.errors import ConfigurationError
from versus.evaluation.intervals import check_level


class Chance(NamedTuple):
    """A probability, and the interval of what it may be."""

    estimate: float
    low: float
    high: float


def chance_ahead(ahead: int, behind: int, level: int = 0, *, confidence: float = 0.95) -> Chance:
    """Return the chance that B is ahead of A on a fresh seed, from the seeds where it was.

    Nothing is supposed of the differences but that the seeds are alike; a seed on which both are
    level counts half. The estimate is the chance of one more success after what was seen, under
    Jeffreys's prior, (ahead + 1/2) / (n + 1): after six seeds of six it is 93 %, not certainty.
    The interval is the exact one of C. J. Clopper and E. S. Pearson 1934, "The use of confidence
    or fiducial limits illustrated in the case of the binomial", Biometrika 26, with level seeds
    counted against its lower end and for its upper end. X. Bouthillier et al. 2021, "Accounting
    for variance in machine learning benchmarks", MLSys 3, recommend this probability and call B
    meaningfully better where it is above 75 %.

    Args:
        ahead: on how many seeds B was ahead.
        behind: on how many A was.
        level: on how many they were level.
        confidence: of the interval.

    Raises:
        ConfigurationError: there is no seed, or a count is negative.
    """
    n = ahead + behind + level
    if min(ahead, behind, level) < 0 or n < 1:
        raise ConfigurationError(
            f"expected counts of seeds, at least one in all; got {ahead}, {behind}, {level}"
        )
    check_level(confidence)
    lower: Any = stats.binomtest(ahead, n).proportion_ci(confidence, method="exact")
    upper: Any = stats.binomtest(ahead + level, n).proportion_ci(confidence, method="exact")
    return Chance((ahead + level / 2 + 0.5) / (n + 1), float(lower.low), float(upper.high))


class Discordant(NamedTuple):
    """Two concrete models on the same pictures: the exact test of Q. McNemar 1947.

    Attributes:
        only_a: pictures that only the first gets right.
        only_b: pictures that only the second gets right.
        p_value: that chance alone splits them so, two-sided: a fair coin for each picture.
    """

    only_a: int
    only_b: int
    p_value: float


def mcnemar(right_a: npt.NDArray[np.bool_], right_b: npt.NDArray[np.bool_]) -> Discordant:
    """Compare two models by the pictures on which only one of them is right.

    It says whether these two trained models would differ on endless pictures of the same kind. It
    knows nothing of other seeds: two seeds of one variant often differ by it.

    Args:
        right_a: whether the first model is right: bool `[n]`, one per picture.
        right_b: the same of the second.
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    n = only_a + only_b
    return Discordant(only_a, only_b, float(stats.binomtest(only_b, n).pvalue) if n else 1.0)
