"""Power: how often the rule finds a difference of a given size, and how many seeds that takes."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from versus.errors import ConfigurationError
from versus.evaluation.signflip import MOST_EXACT
from versus.seeding import stream

Floats = npt.NDArray[np.float64]

SAMPLES = 4_000
# Up to here the intervals of the test itself are drawn; beyond, those of the t-test, which it
# comes close to: from 11 differences on the powers are within 0.02 of each other.
MOST_COUNTED = 10
MOST_SEEDS = 2_000
_BLOCK = 2**22


class Limits(NamedTuple):
    """Ends of the interval in many studies whose differences are normal with mean 0 and sd 1."""

    low: Floats
    high: Floats


@lru_cache(maxsize=256)
def limits(n: int, tail: int) -> Limits:
    """Return the sign-flip interval of `SAMPLES` studies of `n` differences each.

    The interval of differences moved by some amount is the interval moved by it: so the power at
    every difference is read off one sample. The `tail` smallest and largest of the 2**n subset
    means lie outside it, the observed sign vector counted among them (see `SignFlip.interval`).

    Args:
        n: differences.
        tail: sign vectors in each tail, at least 1.
    """
    rng = stream(0, "power", n)
    if n > MOST_COUNTED:
        level: float = 2.0 * tail / 2 ** min(n, MOST_EXACT)
        mean = rng.normal(size=SAMPLES) / math.sqrt(n)
        sd = np.sqrt(rng.chisquare(n - 1, size=SAMPLES) / (n - 1))
        t: Any = stats.t
        half = float(t.isf(level / 2, n - 1)) * sd / math.sqrt(n)
        return Limits(mean - half, mean + half)
    inside = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    weights = (inside / inside.sum(axis=1, keepdims=True)).T
    low, high = [], []
    for part in np.array_split(rng.normal(size=(SAMPLES, n)), 1 + SAMPLES * 2**n // _BLOCK):
        means = np.partition(part @ weights, [tail - 1, 2**n - 1 - tail], axis=1)
        low.append(means[:, tail - 1])
        high.append(means[:, 2**n - 1 - tail])
    return Limits(np.concatenate(low), np.concatenate(high))


def power(n: int, effect: float, alpha: float = 0.05, margin: float | None = None) -> float:
    """Return how often a pair is decided rightly: better, worse, or equivalent.

    Differences are taken as normal. With a study of several pairs, `alpha` is that of Holm's first
    step, alpha / pairs, which is the least that a pair can count on.

    Args:
        n: paired seeds.
        effect: the true mean difference over the standard deviation of the differences.
        alpha: of the two-sided test.
        margin: over the same standard deviation; where the difference is inside it, to be found
            equivalent is right as well.
    """
    tail = _tail(n, alpha)
    if tail < 1:
        return 0.0
    size, found = abs(effect), limits(n, tail)
    decided = found.low + size > 0 if size else np.zeros(SAMPLES, dtype=bool)
    if margin is not None and size < margin:
        low, high = found.low + size, found.high + size
        # An interval beside zero gives "better" or "worse", however near it is.
        decided = decided | ((low > -margin) & (high < margin) & (low <= 0) & (high >= 0))
    return float(decided.mean())


def detectable(n: int, alpha: float = 0.05, wanted: float = 0.8) -> float | None:
    """Return the least difference, in standard deviations, that `n` seeds find so often.

    None where so many seeds can find none.
    """
    tail = _tail(n, alpha)
    return None if tail < 1 else float(np.quantile(-limits(n, tail).low, wanted))


def seeds_for(
    effect: float, alpha: float = 0.05, margin: float | None = None, wanted: float = 0.8
) -> int | None:
    """Return the least number of seeds whose `power` is `wanted`; None where 2,000 have less.

    Raises:
        ConfigurationError: `wanted` is no power.
    """
    if not 0 < wanted < 1:
        raise ConfigurationError(f"expected a power between 0 and 1; got {wanted}")
    low, high = 1, MOST_SEEDS
    if power(high, effect, alpha, margin) < wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = power(middle, effect, alpha, margin) >= wanted
        low, high = (low, middle) if enough else (middle, high)
    return high


def sequential_power(
    seeds: tuple[int, ...], alphas: tuple[float, ...], effect: float, samples: int = 1_000
) -> tuple[list[float], float]:
    """Return by each look how often a difference is found, and the mean number of seeds till then.

    By the t-test beyond 10 differences, as `power`.

    Args:
        seeds: at each look.
        alphas: of the two-sided test at each look.
        effect: the true mean difference over the standard deviation of the differences.
        samples: studies to draw.
    """
    draws = stream(0, "sequential power").normal(size=(samples, seeds[-1])) + abs(effect)
    found, used = np.zeros(samples, dtype=bool), np.full(samples, float(seeds[-1]))
    by_look = []
    for n, alpha in zip(seeds, alphas, strict=True):
        now = _found(draws[:, :n], alpha) & ~found
        used[now] = n
        found |= now
        by_look.append(float(found.mean()))
    return by_look, float(used.mean())


def _found(draws: Floats, alpha: float) -> npt.NDArray[np.bool_]:
    """Return in which rows the test finds a mean above 0."""
    n = draws.shape[1]
    tail = _tail(n, alpha)
    if tail < 1:
        return np.zeros(len(draws), dtype=bool)
    if n > MOST_COUNTED:
        t: Any = stats.t
        level = 2.0 * tail / 2 ** min(n, MOST_EXACT)
        scores = draws.mean(axis=1) / draws.std(axis=1, ddof=1) * math.sqrt(n)
        return scores > float(t.isf(level / 2, n - 1))
    signs = 1 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    at_least = np.concatenate(
        [
            (part @ signs.T >= part.sum(axis=1, keepdims=True) - 1e-12).sum(axis=1)
            for part in np.array_split(draws, 1 + len(draws) * 2**n // _BLOCK)
        ]
    )
    return at_least <= tail


def _tail(n: int, alpha: float) -> int:
    """Return how many of the sign vectors may lie in one tail."""
    return math.floor(alpha * 2 ** min(n, MOST_EXACT) / 2)
