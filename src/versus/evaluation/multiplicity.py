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


def joint_factor(pairs: int, margin: float | None) -> float:
    """Return what p-values are multiplied by so that both kinds of words share one alpha.

    Holm bounds the false "better" and "worse" over all pairs by alpha, and the false "equivalent",
    each from a one-sided test at alpha / 2, by alpha / 2. One pair cannot err in both ways, as its
    true difference is either zero or outside the margin; of several, some can err in one way and
    some in the other, together in at most 3/2 alpha (the union bound). Hence 3/2 there.
    """
    return 1.0 if margin is None or pairs <= 1 else 1.5


def seeds_needed(pairs: int, level: float = 0.95, margin: float | None = None) -> int:
    """Return the least number of seeds with which any of `pairs` pairs can get a word at all.

    A sign-flip test of n seeds cannot go below 2**(1 - n), and Holm multiplies the smallest of
    the p-values by the number of pairs; `joint_factor` is on top of it.
    """
    alpha = 1 - check_level(level)
    factor = pairs * joint_factor(pairs, margin)
    return next(n for n in itertools.count(1) if factor * 2.0 ** (1 - n) <= alpha)


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
