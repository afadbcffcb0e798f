"""Cost beside quality in a report: which variants no other beats, cost by cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from versus.evaluation.pareto import front
from versus.figures.pareto import CostPoint
from versus.reports.endpoint import scale
from versus.reports.numbers import known, listed
from versus.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

COSTS = {
    "parameters": ("parameters", "parameters"),
    "multiply_adds": ("multiply-adds of one picture, forward", "multiply-adds"),
    "seconds": ("training, seconds", "training time"),
    "latency_ms": ("one picture, milliseconds", "latency"),
}
"""By column of the table: the label of the axis, and what a sentence calls it."""


@dataclass(frozen=True)
class CostPanel:
    """Quality against one cost.

    Attributes:
        key: column of the table.
        label: of the axis.
        points: one a variant.
        sentence: which of them no other beats.
    """

    key: str
    label: str
    points: tuple[CostPoint, ...]
    sentence: str


def cost_panels(result: StudyResult) -> list[CostPanel]:
    """Return a panel for each cost that at least two variants have; none for fewer."""
    rows: dict[str, Any] = result.frame().to_dict("index")
    runs = result.runs()
    panels = []
    for key, (label, what) in COSTS.items():
        cost = {str(name): known(row[key]) for name, row in rows.items()}
        costs = {name: value for name, value in cost.items() if value is not None and value > 0}
        if len(_judged(result, costs)) >= 2:
            panels.append(_panel(result, key, label, what, costs, runs))
    return panels


def _judged(result: StudyResult, costs: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return mean and spread of what each variant with a cost gives, on the endpoint."""
    key = result.study.endpoint
    rows: dict[str, Any] = result.frame().to_dict("index")
    found = {}
    for name in costs:
        mean, sd = known(rows[name][f"{key}_mean"]), known(rows[name][f"{key}_sd"])
        if mean is not None:
            found[name] = (scale(key) * mean, scale(key) * (sd or 0.0))
    return found


def _panel(
    result: StudyResult,
    key: str,
    label: str,
    what: str,
    costs: Mapping[str, float],
    runs: "pd.DataFrame",
) -> CostPanel:
    quality = _judged(result, costs)
    better_is_higher = result.study.endpoint == "accuracy"
    best = front(
        {name: costs[name] for name in quality},
        {name: mean for name, (mean, _) in quality.items()},
        higher_is_better=better_is_higher,
    )
    points = []
    for number, variant in enumerate(result.study.variants):
        if variant.name in quality:
            mean, sd = quality[variant.name]
            spread = _spread(runs, variant.name, key, costs[variant.name])
            place = (costs[variant.name], *spread, mean, mean - sd, mean + sd)
            points.append(CostPoint(variant.name, number, *place, variant.name in best))
    return CostPanel(key, label, tuple(points), f"By {what}: {_told(points)}.")


def _told(points: Sequence[CostPoint]) -> str:
    """Say which of the points no other beats."""
    best = sorted((p for p in points if p.on_front), key=lambda point: point.cost)
    if len(best) == 1:
        return f"{best[0].name} is the cheapest, and none is better"
    names = listed([point.name for point in best])
    if len({point.cost for point in best}) < len(best):
        return f"{names} are beaten by none"
    return f"{names} are beaten by none; of them, what costs more is better"


def _spread(runs: "pd.DataFrame", name: str, key: str, cost: float) -> tuple[float, float]:
    """Return the least and the most over the seeds; a cost that is the model's own has one."""
    if key not in runs:
        return cost, cost
    values = runs.loc[(runs["variant"] == name) & (runs["status"] == "finished"), key].dropna()
    return (float(values.min()), float(values.max())) if len(values) else (cost, cost)
