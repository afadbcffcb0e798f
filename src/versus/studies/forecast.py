"""Forecast: what a study will cost and what it can find, before any training."""

import heapq
import math
from collections.abc import Mapping, Sequence

from versus.backend import threads
from versus.evaluation.multiplicity import joint_factor, seeds_needed
from versus.evaluation.power import detectable
from versus.results.contract import STUDY, Store
from versus.schema import Schema
from versus.studies.forecast_looks import LooksForecast, forecast_looks
from versus.studies.plan import Plan, PlannedRun, make_plan
from versus.studies.probe import Timing, measure_timings
from versus.studies.processes.jobs import check_jobs, choose_jobs
from versus.studies.result import read_result
from versus.studies.study import Study

LEVEL, POWER = 0.95, 0.8

# Shares of right answers at which a spread is guessed where no run is there yet.
ACCURACIES = (0.9, 0.98, 0.995)


class VariantForecast(Schema):
    """One variant: its runs that are missing, and the seconds that each will take.

    Attributes:
        variant: its name.
        missing: runs still to be made.
        epochs: of a run; None where the budget is one of seconds.
        seconds: of a run; None where none is missing, so that nothing was measured.
        timing: what was measured.
    """

    variant: str
    missing: int
    epochs: int | None
    seconds: float | None
    timing: Timing | None


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
        seconds: expected for what is missing; 0 where nothing is.
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


def forecast(
    study: Study, store: Store, jobs: int | None = 1, *, max_seeds: int | None = None
) -> Forecast:
    """Measure some steps of every variant, and say what the study will cost and can find.

    Nothing is written.

    Args:
        study: as it would be run.
        store: where its runs would lie; finished ones are counted, and their spread is used.
        jobs: runs at once; None as many as the cores have room for.
        max_seeds: of the last look, where seeds are added until every pair is decided; as in
            `run_until_decided`.

    Raises:
        VersusError: the study cannot be run; the same that running it would raise.
    """
    check_jobs(jobs)
    with threads(1):  # before processes are forked, torch must not have started threads
        plan = make_plan(study, store)
    jobs = choose_jobs(jobs, study.protocol.threads, len(plan.missing))
    variants = _variants(plan, _timings(plan, jobs))
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
        until_decided=forecast_looks(study, store, max_seeds, _by_variant(variants), jobs)
        if pairs
        else None,
    )


def _timings(plan: Plan, jobs: int) -> dict[str, Timing]:
    """Return the timing of each variant that has a run to make."""
    first = list({run.variant.name: run for run in plan.missing}.values())
    found = measure_timings(first, plan.data, jobs) if first else []
    return {run.variant.name: timing for run, timing in zip(first, found, strict=True)}


def _by_variant(variants: Sequence[VariantForecast]) -> dict[str, float]:
    return {found.variant: found.seconds for found in variants if found.seconds is not None}


def _variants(plan: Plan, timings: Mapping[str, Timing]) -> list[VariantForecast]:
    parts = plan.study.protocol.split(plan.data, plan.study.seed_list[0])
    test = len(plan.data.test) if plan.study.protocol.test == "open" else 0
    sizes = len(parts.train), len(parts.validation), test

    def one(run: PlannedRun) -> VariantForecast:
        timing = timings.get(run.variant.name)
        return VariantForecast(
            variant=run.variant.name,
            missing=sum(other.variant.name == run.variant.name for other in plan.missing),
            epochs=run.epochs,
            seconds=None if timing is None else timing.run(run.allowance, *sizes),
            timing=timing,
        )

    return [one(run) for run in plan.runs[: len(plan.study.variants)]]


def _judged(plan: Plan) -> int:
    """Return how many pictures a run is judged on."""
    if plan.study.protocol.test == "open":
        return len(plan.data.test)
    return len(plan.study.protocol.split(plan.data, plan.study.seed_list[0]).validation)


def _makespan(plan: Plan, variants: Sequence[VariantForecast], jobs: int) -> float:
    """Return when the last missing run ends, each taken up in turn by whoever is free."""
    seconds = _by_variant(variants)
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
