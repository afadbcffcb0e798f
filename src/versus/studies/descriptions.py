"""What the runs of a study say beside its verdicts, read from their records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from versus.evaluation.beside import (
    Description,
    ModelPair,
    chance,
    difference,
    resampled,
    seeds_to_settle,
    spread,
)
from versus.evaluation.bootstrap import CrossedBootstrap, fewest
from versus.evaluation.metrics import NLL_FLOOR
from versus.evaluation.superiority import mcnemar
from versus.evaluation.verdict import Verdict
from versus.results.view import kept_predictions
from versus.studies.runs import StudyRuns

DESCRIPTIONS = "descriptions.json"
OTHER_PICTURES = "the runs were not judged on the same pictures"
TOO_FEW = f"it needs {fewest()} seeds that both have"
LEFT_OUT = "the predictions of some runs were left out of this copy, which keeps their numbers only"


class _Judged(NamedTuple):
    """What the finished runs of a variant said, a row a seed.

    Attributes:
        seeds: of the rows.
        right: bool `[seeds, pictures]`.
        scores: float32 `[seeds, pictures]`: of the endpoint.
        indices: of the pictures, one array a seed.
        left_out: whether some runs are no rows, as this copy of them has no predictions.
    """

    seeds: list[int]
    right: npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float32]
    indices: list[npt.NDArray[np.int64]]
    left_out: bool = False


def describe_pairs(runs: StudyRuns, verdicts: Sequence[Verdict]) -> list[Description]:
    """Return what stands beside each verdict of a study, in their order.

    Raises:
        ResultsError: the predictions of a run are missing or damaged.
    """
    if not verdicts:
        return []
    judged = {variant.name: _read(runs, variant.name) for variant in runs.study.variants}
    bootstrap, why = _bootstrap(judged)
    return [_describe(runs, verdict, judged, bootstrap, why) for verdict in verdicts]


def _describe(
    runs: StudyRuns,
    verdict: Verdict,
    judged: Mapping[str, _Judged],
    bootstrap: CrossedBootstrap | None,
    why: str,
) -> Description:
    a, b = verdict.a, verdict.b
    same = new = None
    if bootstrap is not None and verdict.n:
        rows = {name: judged[name].seeds for name in (a, b)}
        same, new = resampled(bootstrap, verdict, rows)
    return Description(
        a=a,
        b=b,
        endpoint=verdict.endpoint,
        spread_a=spread(_values(runs, a, runs.study.endpoint)),
        spread_b=spread(_values(runs, b, runs.study.endpoint)),
        nll=difference(
            _values(runs, a, "nll", verdict.seeds),
            _values(runs, b, "nll", verdict.seeds),
            verdict.seeds,
        ),
        chance=chance(verdict),
        models=tuple(_models(judged[a], judged[b], verdict.seeds)),
        same_pictures=same,
        new_pictures=new,
        pictures=max((one.right.shape[1] for one in (judged[a], judged[b])), default=0),
        why_no_bootstrap=why or ("" if same else TOO_FEW),
        to_settle=seeds_to_settle(verdict),
    )


def _read(runs: StudyRuns, variant: str) -> _Judged:
    """Read the predictions of a variant's finished runs, keeping little of each."""
    seeds, right, scores, indices = [], [], [], []
    classes, left_out = tuple(runs.study.data.classes), False
    for record in runs.finished(variant):
        found = kept_predictions(runs.store, record, runs.judged_on, classes)
        if found is None:
            left_out = True
            continue
        seeds.append(record.seed)
        right.append(found.correct)
        indices.append(found.indices)
        if runs.study.endpoint == "accuracy":
            scores.append(found.correct.astype(np.float32))
        else:
            true = found.probabilities[np.arange(len(found)), found.labels]
            scores.append(-np.log(np.clip(true, NLL_FLOOR, 1.0)).astype(np.float32))
    if len({len(row) for row in right}) > 1:
        no = np.zeros((0, 0))
        return _Judged([], no.astype(bool), no.astype(np.float32), indices, left_out)
    none = np.zeros((0, 0))
    return _Judged(
        seeds,
        np.stack(right) if right else none.astype(bool),
        np.stack(scores) if scores else none.astype(np.float32),
        indices,
        left_out,
    )


def _bootstrap(judged: Mapping[str, _Judged]) -> tuple[CrossedBootstrap | None, str]:
    """Return the bootstrap over all variants that have runs, or why there is none."""
    if any(variant.left_out for variant in judged.values()):
        return None, LEFT_OUT
    indices = [one for variant in judged.values() for one in variant.indices]
    if not indices:
        return None, "no run has finished"
    if any(not np.array_equal(indices[0], other) for other in indices[1:]):
        return None, OTHER_PICTURES
    if max(len(variant.seeds) for variant in judged.values()) < fewest():
        return None, TOO_FEW
    return CrossedBootstrap({k: v.scores for k, v in judged.items() if v.seeds}), ""


def _models(a: _Judged, b: _Judged, seeds: Sequence[int]) -> list[ModelPair]:
    """Return the exact test of each seed's two models, where both saw the same pictures."""
    found = []
    for seed in seeds:
        if seed not in a.seeds or seed not in b.seeds:
            continue
        row_a, row_b = a.seeds.index(seed), b.seeds.index(seed)
        if np.array_equal(a.indices[row_a], b.indices[row_b]):
            test = mcnemar(a.right[row_a], b.right[row_b])
            found.append(ModelPair(seed=seed, **test._asdict()))
    return found


def _values(
    runs: StudyRuns, variant: str, metric: str, seeds: Sequence[int] | None = None
) -> list[Any]:
    """Return a metric of the finished runs, or of the runs of `seeds` with None where missing."""
    by_seed = {r.seed: r.judged().get(metric) for r in runs.finished(variant)}
    return [by_seed.get(s) for s in (by_seed if seeds is None else seeds)]
