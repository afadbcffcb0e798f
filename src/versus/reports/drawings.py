"""The drawings of a page: figures as SVG, each with its text alternative."""

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from versus.evaluation.intervals import mean_sd
from versus.evaluation.verdict import Verdict
from versus.figures.learning_curves import Quantity, learning_curve
from versus.figures.paired_differences import reach
from versus.figures.pareto import pareto
from versus.figures.reliability import ReliabilityBin, reliability
from versus.figures.seed_dots import SeedRow, seed_dots
from versus.reports.cost import CostPanel
from versus.reports.curves import Histories, curve_readings
from versus.reports.endpoint import QUALITY, scale
from versus.reports.svg import inline_svg
from versus.reports.verdicts import difference_figure, difference_rows
from versus.studies.result import StudyResult

# Inches. The page shows the wide one where there is room, the narrow one on a phone: scaling one
# drawing to both would make its letters too small for the one or too large for the other.
WIDE, NARROW = 7.6, 3.9
MOST_ROWS = 6
"""Pairs in one drawing; more are drawn in several, each of which fits a page of paper."""


def difference_drawings(result: StudyResult, verdicts: Sequence[Verdict]) -> dict[str, Markup]:
    """Return the paired differences as "wide" and "narrow"; empty where no pair has any."""
    counted = [verdict for verdict in verdicts if verdict.n]
    if not counted:
        return {}
    rows = difference_rows(result, counted)
    margin = counted[0].margin
    ends = reach(rows, None if margin is None else scale(counted[0].endpoint) * margin)
    # As many in each, or nearly.
    share = math.ceil(len(rows) / math.ceil(len(rows) / MOST_ROWS))

    def drawn(size: str, inches: float, first: int) -> Markup:
        chosen = slice(first, first + share)
        description = "Paired differences of each seed, with their interval. " + " ".join(
            verdict.reason for verdict in counted[chosen]
        )
        figure = difference_figure(rows[chosen], counted[0], inches, ends)
        name = f"differences-{size}" + (f"-{first}" if first else "")
        return inline_svg(figure, name, description)

    return {
        size: Markup("").join(drawn(size, inches, first) for first in range(0, len(rows), share))
        for size, inches in (("wide", WIDE), ("narrow", NARROW))
    }


def seed_drawings(result: StudyResult) -> dict[str, Markup]:
    """Return what every run gave as "wide" and "narrow"; empty where no run has finished."""
    rows = seed_rows(result)
    if not any(row.values for row in rows):
        return {}
    label = f"{result.judged_on} {QUALITY[result.study.endpoint]}"
    description = f"{label} of each seed. " + " ".join(
        f"{row.name}: {', '.join(f'{value:.4g}' for value in row.values)}." for row in rows
    )
    return {
        size: inline_svg(seed_dots(rows, label=label, width=inches), f"seeds-{size}", description)
        for size, inches in (("wide", WIDE), ("narrow", NARROW))
    }


def seed_rows(result: StudyResult) -> list[SeedRow]:
    """Return what every finished run gave on the endpoint; accuracy in percent."""
    key = result.study.endpoint
    rows = []
    for number, variant in enumerate(result.study.variants):
        runs = result.finished(variant.name)
        values = tuple(scale(key) * run.judged()[key] for run in runs)
        seeds = tuple(run.seed for run in runs)
        rows.append(SeedRow(variant.name, number, values, *mean_sd(values)[:2], seeds))
    return rows


def curve_drawings(curves: Histories) -> list[Markup]:
    """Return the loss and the accuracy curves; none where no run has finished."""
    if not any(curves.values()):
        return []
    return [_curve(curves, "loss"), _curve(curves, "accuracy")]


def cost_drawings(panels: Sequence[CostPanel], endpoint: str) -> list[Markup]:
    """Return quality against each cost."""
    quality = QUALITY[endpoint]
    return [
        inline_svg(
            pareto(
                panel.points,
                cost=panel.label,
                quality=quality,
                higher_is_better=endpoint == "accuracy",
            ),
            f"cost-{panel.key}",
            f"{quality} against {panel.label}. {panel.sentence}",
        )
        for panel in panels
    ]


def reliability_drawing(variants: Mapping[str, Sequence[ReliabilityBin]], floor: float) -> Markup:
    """Return how often each variant is wrong against how often it expects to be."""
    description = "Share of wrong predictions against what the confidence promises. " + " ".join(
        f"{name}: from {bins[0].observed:.3g} where {bins[0].expected:.3g} was expected to "
        f"{bins[-1].observed:.3g} where {bins[-1].expected:.3g} was."
        for name, bins in variants.items()
        if bins
    )
    return inline_svg(reliability(variants, floor=floor), "reliability", description)


def _curve(curves: Histories, quantity: Quantity) -> Markup:
    readings = [f"{reading.name}: {reading.sentence()}" for reading in curve_readings(curves)]
    description = f"{quantity.capitalize()} against epoch. {' '.join(readings)}"
    onsets = {r.name: r.onset for r in curve_readings(curves) if r.onset is not None}
    drawn = learning_curve(curves, quantity, onsets=onsets)
    return inline_svg(drawn, f"curve-{quantity}", description)
