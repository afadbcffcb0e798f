"""The verdicts of a study: by the number of seeds fixed beforehand, or by the looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from versus.evaluation.comparison import compare_pairs
from versus.evaluation.sequential import compare_in_looks
from versus.evaluation.verdict import Verdict
from versus.evaluation.wording import reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from versus.studies.result import StudyResult


def judge(result: StudyResult) -> list[Verdict]:
    """Return one verdict a pair of variants, in the order of the study."""
    study = result.study
    if len(study.variants) < 2:
        return []
    names = [variant.name for variant in study.variants]
    if study.looks is not None:
        seeds = list(range(study.looks.most))
        return compare_in_looks(
            {name: _endpoint(result, name, seeds) for name in names},
            seeds,
            {name: {r.seed for r in result.records if r.variant == name} for name in names},
            study.looks,
            endpoint=study.endpoint,  # pyright: ignore[reportArgumentType]
            margin=study.margin,
        )
    seeds = sorted({record.seed for record in result.records})
    found = compare_pairs(
        {name: _endpoint(result, name, seeds) for name in names},
        seeds,
        endpoint=study.endpoint,  # pyright: ignore[reportArgumentType]
        margin=study.margin,
    )
    return [_marked(verdict, study.extended) for verdict in found]


def _marked(verdict: Verdict, extended: Sequence[int]) -> Verdict:
    """Say so where seeds were added after a result that could have given a word."""
    if not any(n >= verdict.seeds_needed for n in extended):
        return verdict
    marked = verdict.model_copy(update={"method": "extended"})
    return marked.model_copy(update={"reason": reason(marked)})


def _endpoint(result: StudyResult, variant: str, seeds: Sequence[int]) -> list[float | None]:
    endpoint = result.study.endpoint
    by_seed = {r.seed: r.judged().get(endpoint) for r in result.finished(variant)}
    # There, and no number: the verdict leaves it out with its seed, and says so.
    by_seed |= {r.seed: math.nan for r in result.diverged if r.variant == variant}
    return [by_seed.get(seed) for seed in seeds]
