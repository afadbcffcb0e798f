"""Forecast: what a study will cost and what it can find, before any training."""

import heapq
import math
from collections.abc import Sequence

import numpy as np

from versus.backend import threads
from versus.evaluation.looks import MOST_SEEDS, Looks, plan_looks
from versus.evaluation.multiplicity import joint_factor, seeds_needed
from versus.evaluation.power import detectable, sequential_power
from versus.results.contract import STUDY, Store
from versus.schema import Schema
from versus.studies.plan import Plan, make_plan
from versus.studies.probe import Timing, measure_timings
from versus.studies.processes.jobs import check_jobs, choose_jobs
from versus.studies.result import read_result
from versus.studies.study import Study

LEVEL, POWER = 0.95, 0.8

# Shares of right answers at which a spread is guessed where no run is there yet.
ACCURACIES = (0.9, 0.98, 0.995)


class VariantForecast(Schema):
    """One variant: its runs that are missing, and the seconds that each will take.

    `epochs` is None where the budget is one of seconds.
    """

    variant: str
    missing: int
    epochs: int | None
    seconds: float
    timing: Timing


class Detectable(Schema):
    """A spread of the paired differences, and the difference found at it with 80 % power.

    Attributes:
        source: where the spread is from, in words.
        sd: standard deviation of the paired differences, in the endpoint's unit.
        difference: None where so many seeds can find none.
    """

    source: str
    sd: float
    difference: float | None


class LooksForecast(Schema):
    """The same study with `--until-decided`.

    Attributes:
        looks: when it would be judged.
        effect: a difference, in standard deviations of the paired differences.
        power: how often it is found by the last look.
        seeds: that it takes on average.
    """

    looks: Looks
    effect: float
    power: float
    seeds: float


class Forecast(Schema):
    """What a study will cost and what it can find.

    Attributes:
        study, data, endpoint, margin: as the study has them.
        seeds: that it is planned with.
        runs: all of them; `finished` are there already.
        pairs: of variants.
        seeds_needed: the least with which any pair can get a word; None without a pair.
        enough: whether the study has so many.
        jobs: runs at once.
        seconds: expected for what is missing; None where it was not measured.
        variants: each one's share.
        effect: the difference found with 80 % power, in standard deviations of the paired
            differences, at Holm's first step; None where `enough` is not.
        detectable: the same at some spreads.
        until_decided: None without a pair.
    """

    study: str
    data: str
    endpoint: str
    margin: float | None
    seeds: int
    runs: int
    finished: int
    pairs: int
    seeds_needed: int | None
    enough: bool
    jobs: int
    seconds: float
    variants: tuple[VariantForecast, ...]
    effect: float | None
    detectable: tuple[Detectable, ...]
    until_decided: LooksForecast | None


def forecast(study: Study, store: Store, jobs: int | None = 1) -> Forecast:
    """Measure some steps of every variant, and say what the study will cost and can find.

    Nothing is written.

    Args:
        study: as it would be run.
        store: where its runs would lie; finished ones are counted, and their spread is used.
        jobs: runs at once; None as many as the cores have room for.

    Raises:
        VersusError: the study cannot be run; the same that running it would raise.
    """
    check_jobs(jobs)
    with threads(1):  # before processes are forked, torch must not have started threads
        plan = make_plan(study, store)
    jobs = choose_jobs(jobs, study.protocol.threads, len(plan.missing))
    first = plan.runs[: len(study.variants)]
    variants = _variants(plan, measure_timings(first, plan.data, jobs))
    pairs = len(study.variants) * (len(study.variants) - 1) // 2
    needed = seeds_needed(pairs, LEVEL, study.margin) if pairs else None
    seeds = len(study.seed_list)
    alpha = (1 - LEVEL) / max(1, pairs) / joint_factor(pairs, study.margin)
    effect = detectable(seeds, alpha, POWER) if pairs else None
    return Forecast(
        study=study.name,
        data=plan.data.name,
        endpoint=study.endpoint,
        margin=study.margin,
        seeds=seeds,
        runs=len(plan.runs),
        finished=len(plan.finished),
        pairs=pairs,
        seeds_needed=needed,
        enough=needed is not None and seeds >= needed,
        jobs=jobs,
        seconds=_makespan(plan, variants, jobs),
        variants=tuple(variants),
        effect=effect,
        detectable=tuple(_detectable(study, store, effect, _judged(plan))) if pairs else (),
        until_decided=_until_decided(study, store, seeds, needed) if needed else None,
    )


def _variants(plan: Plan, timings: Sequence[Timing]) -> list[VariantForecast]:
    parts = plan.study.protocol.split(plan.data, plan.study.seed_list[0])
    test = len(plan.data.test) if plan.study.protocol.test == "open" else 0
    sizes = len(parts.train), len(parts.validation), test
    return [
        VariantForecast(
            variant=run.variant.name,
            missing=sum(other.variant.name == run.variant.name for other in plan.missing),
            epochs=run.epochs,
            seconds=timing.run(run.allowance, *sizes),
            timing=timing,
        )
        for run, timing in zip(plan.runs, timings, strict=False)
    ]


def _judged(plan: Plan) -> int:
    """Return how many pictures a run is judged on."""
    if plan.study.protocol.test == "open":
        return len(plan.data.test)
    return len(plan.study.protocol.split(plan.data, plan.study.seed_list[0]).validation)


def _makespan(plan: Plan, variants: Sequence[VariantForecast], jobs: int) -> float:
    """Return when the last missing run ends, each taken up in turn by whoever is free."""
    seconds = {variant.variant: variant.seconds for variant in variants}
    free = [0.0] * jobs
    for run in plan.missing:
        heapq.heappush(free, heapq.heappop(free) + seconds[run.variant.name])
    return max(free)


def _detectable(
    study: Study, store: Store, effect: float | None, pictures: int
) -> list[Detectable]:
    """Return what is found at the spreads of the runs that are there, else at guessed ones.

    Nets that answer each picture independently of each other vary over seeds by about
    sqrt(errors / (2 pictures)) in accuracy (K. Jordan 2023, "On the variance of neural network
    training with respect to test sets and distributions", arXiv 2304.01910), so the difference of
    two by sqrt(2) of that. Nets that are not trained to the end vary more: it is the least to
    expect.
    """
    spreads = _seen(store)
    if not spreads and study.endpoint == "accuracy":
        spreads = [
            (f"nets {share:.1%} right, at least", math.sqrt((1 - share) / pictures))
            for share in ACCURACIES
        ]
    return [
        Detectable(source=source, sd=sd, difference=None if effect is None else effect * sd)
        for source, sd in spreads
    ]


def _seen(store: Store) -> list[tuple[str, float]]:
    """Return the spread of the paired differences of the runs that are there, by pair."""
    if store.read_study_bytes(STUDY) is None:
        return []
    return [
        (f"{v.b} against {v.a}, {v.n} seeds here", v.sd_difference)
        for v in read_result(store).verdicts
        if v.sd_difference
    ]


def _until_decided(study: Study, store: Store, seeds: int, needed: int) -> LooksForecast:
    """Return the looks that `store` has fixed, else those up to 30 seeds or those asked for."""
    earlier = store.read_study()
    looks = earlier.looks if earlier else None
    if looks is None:
        most = max(seeds, needed, MOST_SEEDS)
        looks = plan_looks(len(study.variants), most, margin=study.margin)
    pairs = len(study.variants) * (len(study.variants) - 1) // 2
    share = pairs * joint_factor(pairs, study.margin)
    alphas = tuple(float(alpha) for alpha in np.array(looks.alphas) / share)
    effect = 1.0
    by_look, mean = sequential_power(looks.seeds, alphas, effect)
    return LooksForecast(looks=looks, effect=effect, power=by_look[-1], seeds=mean)
