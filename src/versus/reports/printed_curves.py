"""The printed learning curves of a reproduction as drawings: in its page, and as files."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup
from matplotlib.figure import Figure

from versus.figures.files import figure_bytes
from versus.figures.printed_curve import PrintedPoint, printed_curve
from versus.filesystem.atomic import write_file
from versus.library.published.figures import Metric
from versus.library.reproduction.epochs import EpochRow, said_of_epochs
from versus.library.reproduction.rows import DocumentRows, SystemRow
from versus.reports.svg import inline_svg

FOLDER = "printed-curves"
# Small numbers are good in both, so that the end of training has room on a logarithmic axis.
_TITLES: dict[Metric, str] = {"loss": "Loss", "accuracy": "Error (1 - accuracy)"}


def curve_drawings(system: SystemRow, name: str) -> list[Markup]:
    """Return loss and error of a system whose curve is printed; none before three runs of it.

    Args:
        system: of the reproduction.
        name: letters and dashes, different for each system of the page.
    """
    return [
        inline_svg(figure, f"{name}-{metric}", f"{system.variant}, {_TITLES[metric]}. {said}")
        for metric, figure in _figures(system)
        for said in [said_of_epochs([r for r in system.curve if r.metric == metric])]
    ]


def write_curves(documents: Sequence[DocumentRows], out: Path) -> dict[str, list[str]]:
    """Write each printed curve that our runs can be held against; return where, by system.

    Args:
        documents: of `reproduce`.
        out: the folder that holds the reproduction.

    Returns:
        By "LETTER variant", paths relative to `out`.

    Raises:
        OSError: a file cannot be written.
    """
    written: dict[str, list[str]] = {}
    for document in documents:
        for system in document.systems:
            for metric, figure in _figures(system):
                path = f"{FOLDER}/{document.letter}-{system.variant}-{metric}.svg"
                (out / FOLDER).mkdir(parents=True, exist_ok=True)
                write_file(out / path, figure_bytes(figure, "svg"))
                written.setdefault(f"{document.letter} {system.variant}", []).append(path)
    return written


def _figures(system: SystemRow) -> list[tuple[Metric, Figure]]:
    rows = [row for row in system.curve if row.low is not None]
    return [
        (
            metric,
            printed_curve(
                _points(rows, "train", metric), _points(rows, "validation", metric), title
            ),
        )
        for metric, title in _TITLES.items()
        if any(row.metric == metric for row in rows)
    ]


def _points(rows: Sequence[EpochRow], split: str, metric: Metric) -> list[PrintedPoint]:
    """Return the points of a line; the interval is widened by the rounding of what is printed."""
    points = []
    for row in rows:
        if (row.split, row.metric) != (split, metric) or row.mean is None:
            continue
        printed, half = float(row.printed), row.rounding
        low, high = (row.low or 0) - half, (row.high or 0) + half
        if metric == "accuracy":
            # Rounded as decimals are, so that 1 - 0.9888 is the 0.0112 that it means.
            printed, low, high = round(1 - printed, 12), 1 - high, 1 - low
        mean = 1 - row.mean if metric == "accuracy" else row.mean
        points.append(PrintedPoint(row.epoch, printed, mean, low, high, row.inside))
    return points
