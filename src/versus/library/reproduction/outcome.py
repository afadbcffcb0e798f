"""Outcome: whether a printed number could be one more of our runs."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal, NamedTuple

# scipy has no types.
from scipy.stats import t as student  # pyright: ignore[reportMissingTypeStubs]

from versus.evaluation.intervals import Interval
from versus.library.published.figures import Printed

LEVEL = 0.99
FEWEST = 3
"""With two runs the interval is 78 standard deviations wide either way: it holds anything."""
Word = Literal["reproduced", "differs", "cannot be checked", "too few runs", "not run"]


class Outcome(NamedTuple):
    """What runs say about one printed number.

    Attributes:
        word: "reproduced" if the number, as exactly as it was printed, lies in `interval`.
        interval: for one more run, at 99 %; None for fewer than three runs.
    """

    word: Word
    interval: Interval | None


def prediction_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """Return where one more value lies: mean ± t·sd·√(1 + 1/n), for normal values.

    Source: G. J. Hahn and W. Q. Meeker 1991, "Statistical intervals", section 4.7.

    Args:
        values: at least two, better many more.
        level: the confidence, between 0 and 1.
    """
    n = len(values)
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    factor = float(student.ppf((1 + level) / 2, n - 1))  # pyright: ignore
    half = factor * sd * math.sqrt(1 + 1 / n)
    return Interval(mean - half, mean + half)


def judge(printed: Printed, values: Sequence[float]) -> Outcome:
    """Say whether `printed` could be one more of `values`.

    A number printed as 0.92 stands for 0.915 to 0.925: the interval is met if any of these is in
    it.
    """
    if not values:
        return Outcome("not run", None)
    if len(values) < FEWEST:
        return Outcome("too few runs", None)
    interval = prediction_interval(values)
    return Outcome("reproduced" if lies_in(printed, interval) else "differs", interval)


def lies_in(printed: Printed, interval: Interval) -> bool:
    """Return whether any number that `printed` may stand for, rounded, lies in `interval`."""
    low, high = interval.low - printed.rounding, interval.high + printed.rounding
    return low <= printed.value <= high
