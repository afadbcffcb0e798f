"""What the same study would cost and find with `--until-decided`."""

from collections.abc import Mapping

import numpy as np

from versus.evaluation.looks import Looks
from versus.evaluation.multiplicity import joint_factor
from versus.evaluation.power import sequential_power
from versus.results.contract import Store
from versus.schema import Schema
from versus.studies.sequential import looks_of
from versus.studies.study import Study

EFFECT = 1.0


class LooksForecast(Schema):
    """The same study with `--until-decided`.

    Attributes:
        looks: when it would be judged; those of the folder's study where it has some.
        effect: a difference, in standard deviations of the paired differences.
        power: how often it is found by the last look.
        seeds: that it takes on average.
        longest: seconds, where it goes on to the last look; None where not every variant was
            measured.
    """

    looks: Looks
    effect: float
    power: float
    seeds: float
    longest: float | None


def forecast_looks(
    study: Study, store: Store, max_seeds: int | None, seconds: Mapping[str, float], jobs: int
) -> LooksForecast:
    """Return when `study` would be judged, how often it finds something, and how long it may take.

    Args:
        study: of two or more variants.
        store: where its runs would lie.
        max_seeds: as in `run_until_decided`.
        seconds: of a run, by variant.
        jobs: runs at once.

    Raises:
        MismatchError: the folder's study has other looks.
        ConfigurationError: so few seeds can decide nothing.
    """
    looks = looks_of(study, store, max_seeds)
    pairs = len(study.variants) * (len(study.variants) - 1) // 2
    share = pairs * joint_factor(pairs, study.margin)
    alphas = tuple(float(alpha) for alpha in np.array(looks.alphas) / share)
    by_look, mean = sequential_power(looks.seeds, alphas, EFFECT)
    return LooksForecast(
        looks=looks,
        effect=EFFECT,
        power=by_look[-1],
        seeds=mean,
        longest=_longest(study, store, looks, seconds, jobs),
    )


def _longest(
    study: Study, store: Store, looks: Looks, seconds: Mapping[str, float], jobs: int
) -> float | None:
    """Return the seconds of all runs up to the last look that are not there yet."""
    there = [(r.variant, r.seed) for r in store.records() if r.status != "failed"]
    total = 0.0
    for variant in study.variants:
        left = sum((variant.name, seed) not in there for seed in range(looks.most))
        if left and variant.name not in seconds:
            return None
        total += left * seconds.get(variant.name, 0.0)
    return total / jobs
