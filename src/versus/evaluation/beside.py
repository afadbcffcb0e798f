"""Beside the verdict: what else the runs say about a pair. Nothing here changes the word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from versus.evaluation.bootstrap import CrossedBootstrap
from versus.evaluation.intervals import mean_sd
from versus.evaluation.multiplicity import joint_factor
from versus.evaluation.pairs import pair
from versus.evaluation.power import MOST_SEEDS, seeds_for
from versus.evaluation.superiority import chance_ahead
from versus.evaluation.verdict import Verdict
from versus.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POWER = 0.8


class Spread(Schema):
    """Mean and sample standard deviation over the finished runs of a variant; None without."""

    mean: float | None
    sd: float | None
    n: int


class Range(Schema):
    """A difference with its 95 % interval, of this pair alone; None where it has no bound."""

    mean: float | None
    low: float | None
    high: float | None


class ChanceAhead(Schema):
    """How likely B is ahead of A on a seed that neither has seen; see `chance_ahead`."""

    estimate: float
    low: float
    high: float


class ModelPair(Schema):
    """The two models of one seed: pictures that only one gets right, exact McNemar test."""

    seed: int
    only_a: int
    only_b: int
    p_value: float


class SeedsToSettle(Schema):
    """How many paired seeds would settle a pair with a power of 80 %, were all as it looks now.

    The spread that was seen is itself uncertain, with few seeds by a factor of two either way, and
    the difference even more: a guide for a new study or for `--until-decided`, not a promise. To
    add seeds to a study whose result one has seen makes its words less sure than they say.

    Attributes:
        seen: if the true difference is the one that was seen; None where 2,000 would not do.
        margin: if there is no difference, to call them equivalent; None without a margin, or
            where 2,000 would not do.
        most: the number of seeds at which the search ends.
    """

    seen: int | None
    margin: int | None
    most: int = MOST_SEEDS


class Description(Schema):
    """What the runs say about B against A beside the verdict. Differences are B minus A.

    Attributes:
        a, b, endpoint: as in the verdict.
        spread_a, spread_b: of the endpoint, over all finished runs of each.
        nll: the difference in NLL, by the sign-flip test inverted for this pair alone.
        chance: that B is ahead of A on a fresh seed; None without a seed in common.
        models: the two models of each seed that both have.
        same_pictures: bootstrap over seeds: other seeds, these very pictures.
        new_pictures: bootstrap over seeds and pictures: other seeds, other pictures of this kind.
        pictures: how many pictures the runs were judged on.
        why_no_bootstrap: in words; "" where there is one.
        to_settle: for "can't tell"; None for every other word, or where nothing varied.
    """

    a: str
    b: str
    endpoint: Literal["accuracy", "nll"]
    spread_a: Spread
    spread_b: Spread
    nll: Range
    chance: ChanceAhead | None
    models: tuple[ModelPair, ...]
    same_pictures: Range | None
    new_pictures: Range | None
    pictures: int
    why_no_bootstrap: str
    to_settle: SeedsToSettle | None


def spread(values: Sequence[float | None]) -> Spread:
    """Return mean, standard deviation and number of the finite values."""
    mean, sd, n = mean_sd(values)
    return Spread(mean=mean, sd=sd, n=n)


def difference(a: Sequence[float | None], b: Sequence[float | None], seeds: Sequence[int]) -> Range:
    """Return the mean difference of the seeds that both have, with its interval."""
    found = pair("a", "b", a, b, seeds)
    low, high = found.interval(0.95)
    bounded = abs(low) < float("inf")
    mean = mean_sd(found.differences).mean
    return Range(mean=mean, low=low if bounded else None, high=high if bounded else None)


def chance(verdict: Verdict) -> ChanceAhead | None:
    """Return the chance of B on a fresh seed, from the seeds that the verdict counts."""
    if not verdict.n:
        return None
    level = verdict.n - verdict.a_ahead - verdict.b_ahead
    estimate, low, high = chance_ahead(verdict.b_ahead, verdict.a_ahead, level)
    return ChanceAhead(estimate=estimate, low=low, high=high)


def seeds_to_settle(verdict: Verdict) -> SeedsToSettle | None:
    """Return how many seeds would settle a pair that can't be told, at Holm's first step."""
    sd, mean = verdict.sd_difference, verdict.mean_difference
    if verdict.word != "can't tell" or not sd or mean is None:
        return None
    alpha = (1 - verdict.level) / verdict.pairs / joint_factor(verdict.pairs, verdict.margin)
    margin = None if verdict.margin is None else verdict.margin / sd
    return SeedsToSettle(
        seen=seeds_for(mean / sd, alpha, margin, POWER),
        margin=None if margin is None else seeds_for(0.0, alpha, margin, POWER),
    )


def resampled(
    bootstrap: CrossedBootstrap, verdict: Verdict, rows: Mapping[str, Sequence[int]]
) -> tuple[Range | None, Range | None]:
    """Return the two intervals of the bootstrap, both around the verdict's mean difference.

    Args:
        bootstrap: of the study's endpoint.
        verdict: of the pair.
        rows: of each variant, the seeds of its rows in the bootstrap's scores.
    """
    places = [
        [list(rows[name]).index(seed) for seed in verdict.seeds] for name in (verdict.a, verdict.b)
    ]
    found = bootstrap.pair(verdict.a, verdict.b, (places[0], places[1]))
    if found is None:
        return None, None
    ranges = [Range(mean=verdict.mean_difference, low=i.low, high=i.high) for i in found]
    return ranges[0], ranges[1]
