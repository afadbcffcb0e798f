"""What run, compare and train do alike: run a study, print what it says, write the report."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from versus.cli import findings, screen

if TYPE_CHECKING:
    from versus.lint.check import Checked
    from versus.studies.study import Study


def run_and_show(study: "Study", out: Path | None, *, json: bool, jobs: int | None) -> None:
    """Run `study` into `out`, print its result and the path of its report.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
        typer.Exit: with code 1 if a run failed.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.cli.forewarning import FindingsFirst
    from versus.lint.kept import check_records, keep_findings
    from versus.reports.page import write_report
    from versus.studies.progress import progress_on
    from versus.studies.runner import run_study
    from versus.studies.several import Several

    folder = out or Path("versus-runs") / study.name
    with screen.user_code():
        before = check_beforehand(study)
        observer = Several(FindingsFirst(before), progress_on(sys.stderr))
        result = run_study(study, folder, observer=observer, jobs=jobs, command=command_line())
    keep_findings(result.store, before)
    found = check_records(result)
    page = write_report(result)
    if json:
        screen.print_json({**result.to_dict(), "findings": found.to_dict(), "report": str(page)})
    else:
        screen.print_result(result)
        findings.print_summary(found, folder)
        sys.stdout.write(f"\nReport: {page}\n")
    raise typer.Exit(screen.print_failures(result))


def check_beforehand(study: "Study") -> "Checked":
    """Return what the lint finds in a study before any hours are spent on it."""
    # As in run_and_show.
    from versus.backend import threads
    from versus.lint.check import check_subject
    from versus.lint.collect.study import collect_study

    # Models are built here, and processes may be forked later: torch is to start no threads.
    with threads(1):
        return check_subject(collect_study(study, download=True))


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["versus", *(word for word in sys.argv[1:] if word != "--debug")])
