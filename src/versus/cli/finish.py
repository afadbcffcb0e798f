"""What run, compare and train do alike: run a study, print what it says, write the report."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from versus.cli import findings, screen

if TYPE_CHECKING:
    from collections.abc import Collection

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
    source: str = "",
) -> None:
    """Run `study` into `out`, print its result and the path of its report.

    Args:
        study: what to run.
        out: DIR; `versus-runs/NAME` where None.
        json: whether to print JSON.
        jobs: runs at once.
        until: where seeds are added until every pair is decided.
        source: the study's file, whose code is looked at too; "" for none.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
        typer.Exit: with code 1 if a run failed.
    """
    with screen.user_code():
        folder = out or Path("versus-runs") / study.name
        result, told = _run(study, folder, jobs, until, source)
    show_result(result, json=json, told=told)


def as_json(result: "StudyResult", page: Path) -> "dict[str, Any]":
    """Return all that there is to say of `result`, its findings too, and where its report is."""
    from versus.lint.kept import check_records  # brings numpy

    found = check_records(result)
    return {**result.to_dict(), "findings": found.to_dict(), "report": str(page)}


def show_result(
    result: "StudyResult", *, json: bool, told: "Collection[tuple[str, int]]" = ()
) -> None:
    """Write the report of `result`, print it, and leave with its exit code.

    Args:
        result: of a study.
        json: whether to print JSON.
        told: variant and seed of the runs whose end was told when it came.

    Raises:
        typer.Exit: with code 1 if a run failed or is damaged.
    """
    # pandas and matplotlib are slow to import.
    from versus.lint.kept import check_records
    from versus.reports.page import write_report

    page = write_report(result)
    if json:
        screen.print_json(as_json(result, page))
    else:
        screen.print_result(result)
        findings.print_summary(check_records(result), result.folder)
        findings.print_data_check(result)
        sys.stdout.write(f"\nReport: {page}\n")
    raise typer.Exit(screen.print_failures(result, told))


def _run(
    study: "Study",
    folder: Path,
    jobs: int | None,
    until: UntilDecided | None,
    source: str,
) -> "tuple[StudyResult, set[tuple[str, int]]]":
    """Run `study`, with as many seeds as it has or as it takes; tell first what the lint finds.

    Returns:
        The result, and variant and seed of each run whose end was told.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.cli.forewarning import FindingsFirst, Told
    from versus.results.store import DirectoryStore
    from versus.studies.runner import run_study
    from versus.studies.sequential import run_until_decided
    from versus.studies.watching.progress import progress_on
    from versus.studies.watching.several import Several

    store, told, command = DirectoryStore(folder), Told(), command_line()
    observer = Several(FindingsFirst(study, store, source), progress_on(sys.stderr), told)
    if until is None:
        result = run_study(study, store, observer=observer, jobs=jobs, command=command)
        return result, told.runs
    result = run_until_decided(
        study,
        store,
        max_seeds=until.max_seeds,
        max_minutes=until.max_minutes,
        observer=observer,
        jobs=jobs,
        command=command,
    )
    return result, told.runs


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["versus", *(word for word in sys.argv[1:] if word != "--debug")])
