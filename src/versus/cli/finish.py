"""What run, compare and train do alike: run a study, print what it says, write the report."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from versus.cli import screen

if TYPE_CHECKING:
    from versus.studies.result import StudyResult
    from versus.studies.study import Study


def run_and_show(study: "Study", out: Path | None, *, json: bool, jobs: int | None) -> None:
    """Run `study` into `out`, print its result and the path of its report.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
        typer.Exit: with code 1 if a run failed.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.studies.progress import progress_on
    from versus.studies.runner import run_study

    folder = out or Path("versus-runs") / study.name
    with screen.user_code():
        result = run_study(
            study, folder, observer=progress_on(sys.stderr), jobs=jobs, command=command_line()
        )
    show_result(result, json=json)


def show_result(result: "StudyResult", *, json: bool) -> None:
    """Write the report of `result`, print it, and leave with its exit code.

    Raises:
        typer.Exit: with code 1 if a run failed or is damaged.
    """
    from versus.reports.page import write_report  # pandas and matplotlib are slow to import

    page = write_report(result)
    if json:
        screen.print_json({**result.to_dict(), "report": str(page)})
    else:
        screen.print_result(result)
        sys.stdout.write(f"\nReport: {page}\n")
    raise typer.Exit(screen.print_failures(result))


def command_line() -> str:
    """Return the command as it was typed."""
    return shlex.join(["versus", *(word for word in sys.argv[1:] if word != "--debug")])
