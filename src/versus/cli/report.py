"""`versus report`: the page of a study, written again from its records."""

import sys

from versus.cli.options import FolderArgument


def report(folder: FolderArgument) -> None:
    """Write DIR/report.html again from the records in DIR."""
    # pandas and matplotlib are slow to import.
    from versus.reports.page import write_report
    from versus.studies.result import read_result

    sys.stdout.write(f"{write_report(read_result(folder))}\n")
