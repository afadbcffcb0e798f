"""Multiplicity: several pairs compared at once, and what each p-value then counts for."""

import itertools
from collections.abc import Sequence

import numpy as np

from versus.evaluation.intervals import check_level


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values, in the order given; each is compared with alpha itself.

    Source: S. Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted.tolist()


def seeds_needed(pairs: int, level: float = 0.95) -> int:
    """Return the least number of seeds with which any of `pairs` pairs can get a word at all.

    A sign-flip test of n seeds cannot go below 2**(1 - n), and Holm multiplies the smallest of
    the p-values by the number of pairs.
    """
    alpha = 1 - check_level(level)
    return next(n for n in itertools.count(1) if pairs * 2.0 ** (1 - n) <= alpha)


class Family:
    """The p-values of one question about every pair, and Holm's correction of them."""

    def __init__(self, p_values: Sequence[float]) -> None:
        self.p_values = p_values
        self.adjusted = holm(p_values)

    def divisor(self, number: int, alpha: float) -> int:
        """Return what alpha is divided by in the interval of a pair that Holm has decided.

        All pairs if Bonferroni decides it too, else the pairs left at the step of its p-value.
        """
        p = self.p_values[number]
        everything = len(self.p_values)
        return everything if p * everything <= alpha else sum(q >= p for q in self.p_values)
