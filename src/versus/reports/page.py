"""The report of a study: one HTML file that needs nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from versus.evaluation.verdict import Verdict
from versus.lint.kept import check_records
from versus.reports import theme
from versus.reports.answer import answer
from versus.reports.calibration import calibration_table, reliability_bins, reliability_floor
from versus.reports.classes import class_table
from versus.reports.confusion import confusion_matrices
from versus.reports.cost import cost_panels
from versus.reports.curves import curve_readings, histories
from versus.reports.data_check import data_check
from versus.reports.drawings import (
    cost_drawings,
    curve_drawings,
    difference_drawings,
    reliability_drawing,
    seed_drawings,
)
from versus.reports.exploration import exploration
from versus.reports.findings import lint_groups
from versus.reports.foremost import foremost, leader
from versus.reports.galleries import galleries
from versus.reports.latency import latency_note
from versus.reports.links import Links
from versus.reports.notes import failures, notes
from versus.reports.pictures import Pictures, read_pictures
from versus.reports.repeat import details, seed_text
from versus.reports.shell import render_page
from versus.reports.tables import closing_table, run_table
from versus.reports.verdicts import verdict_card
from versus.results.store import DirectoryStore
from versus.studies.result import StudyResult

NAME = "report.html"
SCRIPTS = ("tiles.js", "choices.js", "confusion.js", "classes.js", "pairs.js")


def write_report(result: StudyResult, path: Path | None = None) -> Path:
    """Write the report of a study from its records, and return where it is.

    The same records give the same bytes. Nothing is trained or evaluated, and no Keras is needed.

    Args:
        result: of `run_study` or `read_result`.
        path: of the file; DIR/report.html where None.

    Raises:
        ResultsError: a file of a run is missing or damaged, or the page cannot be written.
    """
    path = result.folder / NAME if path is None else Path(path)
    page = render_report(result, Links(result.folder, path.parent))
    return DirectoryStore(path.parent).write_study_file(path.name, page)


def render_report(result: StudyResult, links: Links) -> str:
    """Return the page as text; `links` says where it will find the files of the runs."""
    return render_page("page.html", page_contents(result, links), SCRIPTS)


def page_contents(result: StudyResult, links: Links) -> dict[str, Any]:
    """Return what the template places: each section's numbers, and its drawings."""
    verdicts, curves = result.verdicts, histories(result)
    pictures = read_pictures(result.store)
    panels, calibration = cost_panels(result), calibration_table(result)
    return {
        "study": result.study,
        "seeds": seed_text(result.study.seeds),
        "judged_on": result.judged_on,
        "slot_of": [variant.name for variant in result.study.variants].index,
        "slots": theme.slots([variant.name for variant in result.study.variants]),
        "answer": answer(result, verdicts),
        **_pairs(result, verdicts, pictures),
        "closing": closing_table(result),
        "seed_dots": seed_drawings(result),
        "runs": run_table(result, links),
        "cost_panels": panels,
        "costs": cost_drawings(panels, result.study.endpoint),
        "latency_note": latency_note(result),
        "calibration": calibration,
        "reliability": reliability_drawing(reliability_bins(result), reliability_floor(result))
        if calibration
        else "",
        "readings": curve_readings(curves),
        "curves": curve_drawings(curves),
        "matrices": confusion_matrices(result),
        "classes": class_table(result),
        "exploration": exploration(result, pictures),
        "pictures_kept": pictures is not None,
        "failures": failures(result, links),
        "data_check": data_check(result),
        **_findings(result),
        "notes": notes(result),
        "caveats": result.caveats,
        # An opening in order is told, not warned of.
        "grave": len(result.caveats) > 1 or len(result.openings) != 1,
        "details": details(result),
        "study_link": links.file("study.json"),
        "verdicts_link": links.file("verdicts.json"),
    }


def _pairs(
    result: StudyResult, verdicts: Sequence[Verdict], pictures: Pictures | None
) -> dict[str, Any]:
    """Return what is shown of the pairs: those in full, and every one where those are not all."""
    shown = foremost(verdicts)
    cards = [verdict_card(*pair) for pair in zip(verdicts, result.descriptions, strict=True)]
    return {
        "cards": [card for card, v in zip(cards, verdicts, strict=True) if v in shown],
        "every_pair": cards if len(shown) < len(cards) else [],
        "leader": leader(verdicts) if verdicts else "",
        "differences": difference_drawings(result, shown),
        "galleries": galleries(result, pictures, [(v.a, v.b) for v in shown]),
    }


def _findings(result: StudyResult) -> dict[str, Any]:
    """Return what the lint says of the records."""
    checked = check_records(result)
    return {
        "lint": lint_groups(checked),
        "lint_summary": checked.summary(),
        "suppressed": checked.suppressed,
    }
