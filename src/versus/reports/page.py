"""The report of a study: one HTML file that needs nothing else."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from versus.lint.kept import check_records
from versus.reports import theme
from versus.reports.answer import answer
from versus.reports.confusion import confusion_matrices
from versus.reports.curves import curve_readings, histories
from versus.reports.drawings import curve_drawings, difference_drawings
from versus.reports.findings import lint_groups
from versus.reports.galleries import galleries
from versus.reports.links import Links
from versus.reports.notes import failures, notes
from versus.reports.numbers import NONE
from versus.reports.pictures import read_pictures
from versus.reports.repeat import details, seed_text
from versus.reports.tables import closing_table, run_table
from versus.reports.verdicts import verdict_card
from versus.results.store import DirectoryStore
from versus.studies.result import StudyResult

NAME = "report.html"
_TEMPLATES = Path(__file__).parent / "templates"


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
    # Names, questions and errors are whatever users wrote, so everything is escaped.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(_contents(result, links))


def _contents(result: StudyResult, links: Links) -> dict[str, Any]:
    """Return what the template places: each section's numbers, and its drawings."""
    verdicts, curves = result.verdicts, histories(result)
    checked = check_records(result)
    pictures = read_pictures(result.store)
    return {
        "study": result.study,
        "seeds": seed_text(result.study.seeds),
        "judged_on": result.judged_on,
        "slots": theme.slots([variant.name for variant in result.study.variants]),
        "light": theme.declarations(theme.LIGHT),
        "dark": theme.declarations(theme.DARK),
        "dash": NONE,
        "answer": answer(result, verdicts),
        "cards": [verdict_card(verdict) for verdict in verdicts],
        "differences": difference_drawings(result, verdicts),
        "closing": closing_table(result),
        "runs": run_table(result, links),
        "readings": curve_readings(curves),
        "curves": curve_drawings(curves),
        "matrices": confusion_matrices(result),
        "galleries": galleries(result, pictures),
        "pictures_kept": pictures is not None,
        "failures": failures(result, links),
        "lint": lint_groups(checked),
        "lint_summary": checked.summary(),
        "suppressed": checked.suppressed,
        "notes": notes(result),
        "details": details(result),
        "study_link": links.file("study.json"),
        "verdicts_link": links.file("verdicts.json"),
    }
