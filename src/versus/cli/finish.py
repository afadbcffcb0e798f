"""What run, compare and train do alike: run a study, print what it says, write the report."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from versus.cli import findings, screen

if TYPE_CHECKING:
    from versus.lint.check import Checked
    from versus.studies.result import StudyResult
    from versus.studies.study import Study


@dataclass(frozen=True)
class UntilDecided:
    """That seeds are added until every pair is decided, and where that ends."""

    max_seeds: int | None
    max_minutes: float | None


def run_and_show(
    study: "Study",
    out: Path | None,
    *,
    json: bool,
    jobs: int | None,
    until: UntilDecided | None = None,
) -> None:
    """Run `study` into `out`, print its result and the path of its report.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
        typer.Exit: with code 1 if a run failed.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.lint.kept import keep_findings

    folder = out or Path("versus-runs") / study.name
    with screen.user_code():
        before, study = check_beforehand(study)
        result = _run(study, folder, jobs, until, before)
    keep_findings(result.store, before)
    show_result(result, json=json)


def show_result(result: "StudyResult", *, json: bool) -> None:
    """Write the report of `result`, print it, and leave with its exit code.

    Raises:
        typer.Exit: with code 1 if a run failed or is damaged.
    """
    # pandas and matplotlib are slow to import.
    from versus.lint.kept import check_records
    from versus.reports.page import write_report

    found, folder = check_records(result), result.folder
    page = write_report(result)
    if json:
        screen.print_json({**result.to_dict(), "findings": found.to_dict(), "report": str(page)})
    else:
        screen.print_result(result)
        findings.print_summary(found, folder)
        sys.stdout.write(f"\nReport: {page}\n")
    raise typer.Exit(screen.print_failures(result))


def _run(
    study: "Study",
    folder: Path,
    jobs: int | None,
    until: UntilDecided | None,
    before: "Checked",
) -> "StudyResult":
    """Run `study`, with as many seeds as it has or as it takes; tell first what the lint found."""
    # These bring Keras and torch too.
    from versus.cli.forewarning import FindingsFirst
    from versus.studies.runner import run_study
    from versus.studies.sequential import run_until_decided
    from versus.studies.watching.progress import progress_on
    from versus.studies.watching.several import Several

    observer, command = Several(FindingsFirst(before), progress_on(sys.stderr)), command_line()
    if until is None:
        return run_study(study, folder, observer=observer, jobs=jobs, command=command)
    return run_until_decided(
        study,
        folder,
        max_seeds=until.max_seeds,
        max_minutes=until.max_minutes,
        observer=observer,
        jobs=jobs,
        command=command,
    )


def check_beforehand(study: "Study") -> "tuple[Checked, Study]":
    """Return what the lint finds in a study before any hours are spent, and the study.

    The data that were loaded for it are the study's from here on: they are not read again.
    """
    # As in run_and_show.
    from versus.backend import threads
    from versus.lint.check import check_subject
    from versus.lint.collect.study import collect_study

    # Models are built here, and processes may be forked later: torch is to start no threads.
    with threads(1):
        subject = collect_study(study, download=True)
        found = check_subject(subject)
    return found, replace(study, data=subject.pictures.data) if subject.pictures else study


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["versus", *(word for word in sys.argv[1:] if word != "--debug")])
