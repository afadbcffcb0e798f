"""The verdicts of a study: by the number of seeds fixed beforehand, or by the looks."""

import math
from collections.abc import Sequence

from versus.evaluation.comparison import compare_pairs
from versus.evaluation.sequential import compare_in_looks
from versus.evaluation.verdict import Verdict
from versus.evaluation.wording import reason
from versus.studies.runs import StudyRuns


def judge(runs: StudyRuns) -> list[Verdict]:
    """Return one verdict a pair of variants, in the order of the study."""
    study = runs.study
    if len(study.variants) < 2:
        return []
    names = [variant.name for variant in study.variants]
    if study.looks is not None:
        seeds = list(range(study.looks.most))
        return compare_in_looks(
            {name: _endpoint(runs, name, seeds) for name in names},
            seeds,
            {name: {r.seed for r in runs.records if r.variant == name} for name in names},
            study.looks,
            endpoint=study.endpoint,  # pyright: ignore[reportArgumentType]
            margin=study.margin,
        )
    seeds = sorted({record.seed for record in runs.records})
    found = compare_pairs(
        {name: _endpoint(runs, name, seeds) for name in names},
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


def _endpoint(runs: StudyRuns, variant: str, seeds: Sequence[int]) -> list[float | None]:
    endpoint = runs.study.endpoint
    by_seed = {r.seed: r.judged().get(endpoint) for r in runs.finished(variant)}
    # There, and no number: the verdict leaves it out with its seed, and says so.
    by_seed |= {r.seed: math.nan for r in runs.diverged if r.variant == variant}
    return [by_seed.get(seed) for seed in seeds]
