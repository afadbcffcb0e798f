"""`versus report`: the page of a study, written again from its records."""

import sys

import typer

from versus.cli import screen
from versus.cli.finish import as_json
from versus.cli.options import FolderArgument, JsonOption


def report(folder: FolderArgument, json: JsonOption = False) -> None:
    """Write DIR/report.html again from the records in DIR."""
    # pandas and matplotlib are slow to import.
    from versus.reports.page import write_report
    from versus.studies.result import read_result

    result = read_result(folder)
    page = write_report(result)
    if json:
        screen.print_json(as_json(result, page))
    else:
        sys.stdout.write(f"{page}\n")
    raise typer.Exit(screen.print_damaged(result.damaged))
