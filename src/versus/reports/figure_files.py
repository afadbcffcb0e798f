"""The figures of a study as files: each drawn at the size of a column, beside its numbers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from versus.errors import ResultsError
from versus.evaluation.verdict import HIGHER_IS_BETTER
from versus.figures.confusion_matrix import confusion_matrix, error_shares
from versus.figures.files import Format, figure_bytes
from versus.figures.learning_curves import Quantity, learning_curve
from versus.figures.paired_differences import paired_differences
from versus.figures.pareto import pareto
from versus.figures.reliability import reliability
from versus.figures.seed_dots import seed_dots
from versus.filesystem.atomic import write_file
from versus.reports import figure_tables as tables
from versus.reports.calibration import reliability_bins, reliability_floor
from versus.reports.confusion import MOST_CLASSES, summed_confusions
from versus.reports.cost import cost_panels
from versus.reports.curves import curve_readings, histories
from versus.reports.drawings import seed_rows
from versus.reports.endpoint import AXIS, QUALITY, scale
from versus.reports.verdicts import difference_rows
from versus.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

WIDTHS = {"single": 3.5, "double": 7.2}
"""Inches: one column of a printed page (89 mm), or two (183 mm)."""


@dataclass(frozen=True)
class StudyFigure:
    """A figure of a study.

    Attributes:
        name: of its files, letters, digits and dashes.
        table: the numbers that are drawn.
        draw: draws them, so many inches wide.
    """

    name: str
    table: "pd.DataFrame"
    draw: Callable[[float], Figure]


def study_figures(result: StudyResult) -> list[StudyFigure]:
    """Return every figure that the runs of a study have numbers for.

    Raises:
        ResultsError: a file of a run is missing or damaged.
    """
    makers = (_differences, _seeds, _curves, _costs, _calibration, _confusions)
    return [figure for maker in makers for figure in maker(result)]


def write_figures(
    result: StudyResult, folder: Path, form: Format = "png", width: float = WIDTHS["single"]
) -> list[Path]:
    """Write each figure into `folder`, and beside it its numbers as CSV; return the paths.

    Args:
        result: of `read_result`.
        folder: is made where it is not there.
        form: of the figures.
        width: in inches.

    Raises:
        ResultsError: a file of a run is missing or damaged, or `folder` cannot be written.
    """
    written = []
    for figure in study_figures(result):
        picture, numbers = (folder / f"{figure.name}.{end}" for end in (form, "csv"))
        try:
            write_file(picture, figure_bytes(figure.draw(width), form))
            write_file(numbers, figure.table.to_csv(index=False, lineterminator="\n").encode())
        except OSError as cause:
            raise ResultsError(
                f"{folder}: {cause.strerror or cause}: choose another --out"
            ) from cause
        written += [picture, numbers]
    return written


def _differences(result: StudyResult) -> Iterator[StudyFigure]:
    counted = [verdict for verdict in result.verdicts if verdict.n]
    if not counted:
        return
    rows, first = difference_rows(result, counted), counted[0]
    margin = None if first.margin is None else scale(first.endpoint) * first.margin

    def draw(width: float) -> Figure:
        better = HIGHER_IS_BETTER[first.endpoint]
        label = AXIS[first.endpoint]
        return paired_differences(
            rows, label=label, higher_is_better=better, margin=margin, width=width
        )

    yield StudyFigure("paired-differences", tables.difference_table(rows, counted), draw)


def _seeds(result: StudyResult) -> Iterator[StudyFigure]:
    rows = seed_rows(result)
    if any(row.values for row in rows):
        label = f"{result.judged_on} {QUALITY[result.study.endpoint]}"
        seeds = {v.name: [r.seed for r in result.finished(v.name)] for v in result.study.variants}
        table = tables.seed_table(rows, seeds)
        yield StudyFigure("seeds", table, lambda width: seed_dots(rows, label=label, width=width))


def _curves(result: StudyResult) -> Iterator[StudyFigure]:
    curves = histories(result)
    if not any(curves.values()):
        return
    onsets = {r.name: r.onset for r in curve_readings(curves) if r.onset is not None}
    seeds = {name: list(result.histories(name)) for name in curves}

    def figure(quantity: Quantity) -> StudyFigure:
        return StudyFigure(
            f"curve-{quantity}",
            tables.curve_table(curves, seeds, quantity),
            lambda width: learning_curve(curves, quantity, width=width, onsets=onsets),
        )

    yield from (figure("loss"), figure("accuracy"))


def _costs(result: StudyResult) -> Iterator[StudyFigure]:
    better = result.study.endpoint == "accuracy"
    quality = QUALITY[result.study.endpoint]
    for panel in cost_panels(result):
        look: dict[str, Any] = {"cost": panel.label, "quality": quality, "higher_is_better": better}
        yield StudyFigure(
            f"cost-{panel.key.replace('_', '-')}",
            tables.cost_table(panel.points),
            lambda width, panel=panel, look=look: pareto(panel.points, width=width, **look),
        )


def _calibration(result: StudyResult) -> Iterator[StudyFigure]:
    bins = reliability_bins(result)
    if any(bins.values()):
        floor = reliability_floor(result)
        yield StudyFigure(
            "calibration",
            tables.reliability_table(bins),
            lambda width: reliability(bins, floor=floor, width=width),
        )


def _confusions(result: StudyResult) -> Iterator[StudyFigure]:
    classes = list(result.study.data.classes)
    matrices = {name: counts for name, (_, counts) in summed_confusions(result).items()}
    if len(classes) > MOST_CLASSES or not matrices:
        return
    most = max(float(error_shares(counts).max()) for counts in matrices.values())
    places = {variant.name: place for place, variant in enumerate(result.study.variants)}
    for name, counts in matrices.items():
        number = places[name]
        slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "variant"
        look: dict[str, Any] = {"number": number, "most": most}
        yield StudyFigure(
            f"confusion-{number}-{slug}",
            tables.confusion_table(counts, classes),
            lambda width, counts=counts, look=look: confusion_matrix(
                counts, classes, width=width, **look
            ),
        )
