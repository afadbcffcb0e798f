"""Pair: the seeds that two variants share, and the test of their differences."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from versus.evaluation.intervals import Interval
from versus.evaluation.signflip import MOST_EXACT, SignFlip
from versus.evaluation.verdict import HIGHER_IS_BETTER, Endpoint
from versus.seeding import stream

Values = Mapping[str, Sequence[float | None]]

# Subtracting two accuracies leaves a rounding error in the 16th decimal; none is meant to have 12.
_DECIMALS = 12


@dataclass(frozen=True)
class Pair:
    """Two variants over the seeds they share.

    Attributes:
        a, b: their names; differences are B minus A.
        seeds: where both have a finite value.
        left_out: the other seeds.
        differences: one per seed of `seeds`.
        test: of the differences; None where there are none, or where they may not be tested yet.
    """

    a: str
    b: str
    seeds: tuple[int, ...]
    left_out: tuple[int, ...]
    differences: tuple[float, ...]
    test: SignFlip | None

    @property
    def p_different(self) -> float:
        """Of no difference, two-sided."""
        return self.test.p_value() if self.test else 1.0

    def p_equal(self, margin: float | None) -> float:
        """Of a difference of `margin` or more, either way; one-sided and doubled."""
        if self.test is None or margin is None:
            return 1.0
        return min(1.0, 2 * max(self.test.p_less(margin), self.test.p_greater(-margin)))

    def interval(self, level: float) -> Interval:
        """Of the mean difference, B minus A."""
        return self.test.interval(level) if self.test else Interval(-math.inf, math.inf)

    def ahead(self, endpoint: Endpoint) -> tuple[int, int]:
        """On how many seeds B did better, and on how many A."""
        higher, lower = sum(d > 0 for d in self.differences), sum(d < 0 for d in self.differences)
        return (higher, lower) if HIGHER_IS_BETTER[endpoint] else (lower, higher)

    def untested(self) -> Pair:
        """Return the pair without its test: what is seen may be told, but gives no word yet.

        No seed counts as left out, as it may only not have been run.
        """
        return replace(self, test=None, left_out=())


def pair_up(values: Values, seeds: Sequence[int]) -> list[Pair]:
    """Return every two of the variants, in their order, over `seeds`.

    Args:
        values: of each variant, one value per seed; None where there is none.
        seeds: in the order of the values.
    """
    return [pair(a, b, values[a], values[b], seeds) for a, b in itertools.combinations(values, 2)]


def pair(
    a: str,
    b: str,
    values_a: Sequence[float | None],
    values_b: Sequence[float | None],
    seeds: Sequence[int],
) -> Pair:
    """Take the differences B minus A of the seeds where both values are finite."""
    both = {
        int(seed): round(float(y) - float(x), _DECIMALS)
        for seed, x, y in zip(seeds, values_a, values_b, strict=True)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    }
    differences = tuple(both.values())
    # The same draws for all pairs and on every call: a verdict never depends on when it is made.
    rng = stream(0, "sign flips") if len(differences) > MOST_EXACT else None
    return Pair(
        a=a,
        b=b,
        seeds=tuple(both),
        left_out=tuple(int(seed) for seed in seeds if seed not in both),
        differences=differences,
        test=SignFlip(differences, rng) if differences else None,
    )
