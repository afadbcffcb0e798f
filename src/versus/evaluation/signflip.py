"""The paired sign-flip test and its inversion, read off one sorted list of subset means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from versus.data.dataset import frozen
from versus.errors import ConfigurationError
from versus.evaluation.intervals import Interval, check_level

Floats = npt.NDArray[np.float64]

# Up to here all 2**n sign vectors are counted (a million: 0.1 s), beyond it that many drawn ones.
MOST_EXACT = 20
DRAWN = 2**16

# Accuracies are multiples of 1/10,000, so sums of signed differences often tie; rounding breaks a
# tie by about 1e-16 of the accuracies, which is 1e-12 of differences 10,000 times smaller. What is
# closer than this share of the largest difference counts as a tie, and a tie counts against a
# verdict: it only ever makes p larger.
_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class SignFlip:
    """The sign-flip (randomisation) test of the mean of paired differences, and its interval.

    The null hypothesis at a shift delta: each difference is as likely to lie some distance above
    delta as below it (so delta is the mean and the median), independently of the others. Then
    flipping the sign of any (difference - delta) changes nothing, and p is the share of the 2**n
    sign vectors whose mean is at least the observed one (R. A. Fisher 1935, "The Design of
    Experiments", section 21; E. J. G. Pitman 1937).

    Flipping the signs of a set F of differences leaves the mean at least as large as observed
    exactly when F is empty or the mean of F is at most delta. So the number of such sign vectors
    is 1 + #{non-empty F: mean(F) <= delta}: every p-value at every delta, and every confidence
    limit, is a rank in one sorted list of the 2**n - 1 subset means, and test and interval can
    never disagree (J. A. Hartigan 1969, "Using subsample values as typical values", JASA 64,
    1303-1317).

    With more than 20 differences the sign vectors are 2**16 - 1 random ones, with the observed
    one counted: a valid test at any number of draws (B. Phipson and G. K. Smyth 2010,
    "Permutation p-values should never be zero"), whose p-values vary a little from draw to draw.

    Attributes:
        differences: float64 `[n]`, B minus A of each seed, n at least 1, in any unit; copied. Only
            their ratios count, so differences that are all rounding errors must be set to 0 first.
        rng: draws the sign vectors, when the test is made; needed for n > 20, else not touched.

    Raises:
        ConfigurationError: no difference, one that is not finite, or no `rng` for n > 20.
    """

    differences: Sequence[float] | Floats
    rng: np.random.Generator | None = field(default=None, repr=False)
    _means: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        differences = np.array(self.differences, dtype=np.float64)
        if differences.ndim != 1 or not differences.size or not np.isfinite(differences).all():
            raise ConfigurationError(
                f"expected one or more finite differences, one per seed; got {differences.tolist()}"
            )
        object.__setattr__(self, "differences", frozen(differences))
        if not self.exact and self.rng is None:
            raise ConfigurationError(
                f"{self.n} differences have too many sign flips to count them all; expected rng, "
                "a numpy Generator to draw some with: seeding.stream(0, 'sign flips')"
            )
        # At once, so that what else the generator is used for later changes no answer.
        object.__setattr__(self, "_means", self._subset_means())

    @property
    def n(self) -> int:
        """How many differences there are."""
        return len(self.differences)

    @property
    def exact(self) -> bool:
        """Whether every sign vector is counted (n <= 20) and not a random sample of them."""
        return self.n <= MOST_EXACT

    @property
    def smallest_p(self) -> float:
        """The least that a two-sided p-value can be: 2**(1 - n), or 2**-15 where not exact."""
        return min(1.0, 2 / self._total)

    @cached_property
    def mean(self) -> float:
        """The mean difference."""
        return math.fsum(self.differences) / self.n

    def p_greater(self, delta: float = 0.0) -> float:
        """Return the one-sided p-value of "the differences lie around more than `delta`"."""
        below = np.searchsorted(self._means, delta + self._tie, side="right")
        return (self._unflipped + int(below)) / self._total

    def p_less(self, delta: float = 0.0) -> float:
        """Return the one-sided p-value of "the differences lie around less than `delta`"."""
        below = np.searchsorted(self._means, delta - self._tie, side="left")
        return (self._total - int(below)) / self._total

    def p_value(self, delta: float = 0.0) -> float:
        """Return the two-sided p-value: twice the smaller one-sided one, at most 1."""
        return min(1.0, 2 * min(self.p_greater(delta), self.p_less(delta)))

    def interval(self, level: float = 0.95) -> Interval:
        """Return the confidence interval: every delta whose `p_value` is above 1 - level.

        Both ends belong to it. It is unbounded, (-inf, inf), where n is too small for the level:
        smallest_p > 1 - level, as with 5 differences at 95 %.

        Raises:
            ConfigurationError: `level` is not between 0 and 1.
        """
        tail = math.floor((1 - check_level(level)) * self._total / 2)
        rank = tail + 1 - self._unflipped
        if rank < 1:
            return Interval(-math.inf, math.inf)
        return Interval(float(self._means[rank - 1]), float(self._means[-rank]))

    @property
    def _total(self) -> int:
        """How many sign vectors are counted, the observed one among them."""
        return 2**self.n if self.exact else DRAWN

    @property
    def _unflipped(self) -> int:
        """How many of them flip nothing: the observed one, and empty sets that were drawn."""
        return self._total - len(self._means)

    @cached_property
    def _tie(self) -> float:
        """The distance within which two subset means are the same number."""
        return _TIE * float(np.max(np.abs(self.differences)))

    def _subset_means(self) -> Floats:
        """Return the sorted means of the non-empty subsets, all of them or those drawn."""
        values = np.asarray(self.differences)
        sums, sizes = (
            _every_subset(values) if self.rng is None or self.exact else _drawn(values, self.rng)
        )
        means = np.sort(sums[sizes > 0] / sizes[sizes > 0])
        # So that no end of an interval is a rounding error beside a p-value that took it for 0.
        means[np.abs(means) <= self._tie] = 0.0
        return frozen(means)


def _every_subset(values: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return sum and size of all 2**n subsets, each value doubling those before it."""
    sums, sizes = np.zeros(1), np.zeros(1, dtype=np.int64)
    for value in values:
        sums = np.concatenate([sums, sums + value])
        sizes = np.concatenate([sizes, sizes + 1])
    return sums, sizes


def _drawn(values: Floats, rng: np.random.Generator) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return sum and size of 2**16 - 1 random subsets, the empty one as likely as any other."""
    inside = rng.integers(2, size=(DRAWN - 1, len(values)), dtype=np.int8)
    return inside @ values, inside.sum(axis=1, dtype=np.int64)
