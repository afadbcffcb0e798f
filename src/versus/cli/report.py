"""`versus report`: the page of a study, written again from its records."""

import sys

import typer

from versus.cli import screen
from versus.cli.options import FolderArgument


def report(folder: FolderArgument) -> None:
    """Write DIR/report.html again from the records in DIR."""
    # pandas and matplotlib are slow to import.
    from versus.reports.page import write_report
    from versus.studies.result import read_result

    result = read_result(folder)
    sys.stdout.write(f"{write_report(result)}\n")
    raise typer.Exit(screen.print_damaged(result.damaged))
