"""Calibration in a report: a row a variant, and the reliability of all of them drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from versus.evaluation.intervals import mean_sd, wilson
from versus.figures.reliability import ReliabilityBin
from versus.reports.numbers import decimals, percent, plain
from versus.results.record import RunRecord
from versus.studies.result import StudyResult

GROUPS = 10
"""Dots a variant, of equally many pictures each, over all its seeds."""


@dataclass(frozen=True)
class CalibrationRow:
    """How far the probabilities of a variant can be trusted, means over its seeds, as text.

    Attributes:
        name: of the variant.
        nll, brier, ece: of the split that runs are judged on; the last in percentage points.
        chance: what a perfectly calibrated model would show as `ece`.
        debiased: `ece` less an estimate of its bias.
        temperature: fitted on validation; a dash where those pictures cannot tell.
        nll_after, ece_after: at that temperature; "" where nothing was rescaled.
        top: "top-3 99.9 %", of the k that was recorded nearest to 3; "" for two classes.
        surest: accuracy on the surest 99 % of the pictures.
        covered: the share of pictures that can be answered with an accuracy of 99 %.
    """

    name: str
    nll: str
    brier: str
    ece: str
    chance: str
    debiased: str
    temperature: str
    nll_after: str
    ece_after: str
    top: str
    surest: str
    covered: str


def calibration_table(result: StudyResult) -> list[CalibrationRow]:
    """Return a row for each variant whose runs recorded their calibration."""
    runs = {v.name: _recorded(result.finished(v.name)) for v in result.study.variants}
    return [_row(name, found) for name, found in runs.items() if found]


def reliability_bins(result: StudyResult) -> dict[str, list[ReliabilityBin]]:
    """Return the bins of each variant over all its seeds, from the least sure to the surest."""
    return {
        v.name: _pooled([record.judged()["reliability"] for record in found]) if found else []
        for v in result.study.variants
        for found in [_recorded(result.finished(v.name))]
    }


def reliability_floor(result: StudyResult) -> float:
    """Return the error rate below which a dot says nothing: one wrong picture in a dot, or less."""
    counts = [
        record.judged()["n"] / GROUPS
        for v in result.study.variants
        for record in _recorded(result.finished(v.name))
    ]
    return min(0.1, 0.5 / max(counts, default=5.0))


def _recorded(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return the runs that have it: those of an older versus have not."""
    return [record for record in records if "reliability" in record.judged()]


def _row(name: str, records: Sequence[RunRecord]) -> CalibrationRow:
    judged = [record.judged() for record in records]
    after = [each["calibrated"] for each in judged if "calibrated" in each]
    fitted = [record.metrics.get("validation", {}).get("temperature") for record in records]
    nll = _mean(judged, "nll")
    places = decimals([nll], 3, 5)
    ks = sorted(judged[0]["top_k"], key=lambda k: abs(int(k) - 3))
    top = mean_sd(each["top_k"].get(ks[0]) for each in judged).mean if ks else None
    return CalibrationRow(
        name=name,
        nll=plain(nll, places),
        brier=plain(_mean(judged, "brier"), 4),
        ece=_points(_mean(judged, "ece")),
        chance=_points(_mean(judged, "ece_by_chance")),
        debiased=_points(_mean(judged, "ece_debiased")),
        temperature=plain(mean_sd(fitted).mean, 2),
        nll_after=plain(_mean(after, "nll"), places) if after else "",
        ece_after=_points(_mean(after, "ece")) if after else "",
        top=f"top-{ks[0]} {percent(top, 2)}" if ks else "",
        surest=percent(_mean(judged, "accuracy_at_99_coverage"), 2),
        covered=percent(_mean(judged, "coverage_at_99_accuracy"), 1),
    )


def _mean(metrics: Sequence[dict[str, Any]], key: str) -> float | None:
    return mean_sd(each.get(key) for each in metrics).mean


def _points(share: float | None) -> str:
    return plain(None if share is None else 100 * share, 2)


def _pooled(runs: Sequence[list[list[float]]]) -> list[ReliabilityBin]:
    """Put the bins of all seeds together into a few of about equally many pictures.

    All seeds see the same pictures, so intervals are those of one seed's number of pictures.
    """
    rows = np.array(sorted(row for bins in runs for row in bins), dtype=np.float64)
    sure, right, count = rows.T
    middle = np.cumsum(count) - count / 2
    group = np.minimum((middle * GROUPS / count.sum()).astype(np.int64), GROUPS - 1)
    found = []
    for number in np.unique(group):
        chosen = group == number
        n = count[chosen].sum()
        wrong = float(np.sum(count[chosen] * (1 - right[chosen])) / n)
        pictures = max(1, round(n / len(runs)))
        low, high = wilson(round(wrong * pictures), pictures)
        expected = float(np.sum(count[chosen] * (1 - sure[chosen])) / n)
        found.append(ReliabilityBin(expected, wrong, min(low, wrong), max(high, wrong)))
    return found
