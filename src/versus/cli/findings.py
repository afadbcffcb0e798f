"""How findings are shown in a terminal."""

import itertools
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from versus.cli import screen

if TYPE_CHECKING:
    from versus.lint.check import Checked
    from versus.lint.finding import Finding
    from versus.studies.result import StudyResult

STYLE = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
MOST = 5
"""Places shown of one code; `--json` has them all."""


def print_checked(found: "Checked") -> None:
    """Print findings on stdout, those of one code together, and what was left out."""
    console = screen.console()
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for (code, severity), group in itertools.groupby(
        found.findings, key=lambda finding: (finding.code, finding.severity)
    ):
        style = STYLE[severity]
        table.add_row(Text(code, style=style), Text(severity, style=style), _cell(list(group)))
    if found.findings:
        console.print()  # a line of air above
        console.print(table)
    for each in found.suppressed:
        finding = each.finding
        line = Text(f"{finding.code} suppressed", style="dim")
        console.print(line.append(f"  {finding.where}: {finding.title}; {each.reason}"))
    for reason in found.unseen:
        console.print(Text(f"not looked at: {reason}", style="dim"))
    console.print(_last_line(found))


def _cell(group: "list[Finding]") -> Text:
    """Return title, each place with what was found there, and how to mend it."""
    first = group[0]
    cell = Text().append(f"{first.title}\n", style="bold")
    for finding in group[:MOST]:
        cell.append(f"{finding.where}: ", style="dim")
        cell.append(f"{finding.what}\n")
    if len(group) > MOST:
        cell.append(f"and {len(group) - MOST} more places\n", style="dim")
    return cell.append(f"{first.mend}\n", style="green")


def _last_line(found: "Checked") -> Text:
    line = Text().append(found.name, style="bold").append(f": {found.summary()}")
    if found.findings:
        code = found.findings[0].code
        line.append(f"; more: versus check --explain {code}", style="dim")
    return line


def print_summary(found: "Checked", folder: Path) -> None:
    """Print in one line what was found, and which command says more."""
    if found.findings:
        line = Text().append("Findings", style="bold").append(f": {found.summary()}; ")
        screen.console().print(line.append(f"versus check {shlex.quote(str(folder))}", style="dim"))


def print_data_check(result: "StudyResult") -> None:
    """Print in one line what was found about the study's pictures, where there is something."""
    from versus.results.data_check import read_data_check  # brings numpy

    found = read_data_check(result.store)
    if found is not None and (said := found.sentence()):
        reading = result.study.data.reading
        where = shlex.quote(found.name if reading is None else str(reading.path))
        line = Text().append("Pictures", style="bold").append(f": {said}; ")
        screen.console().print(line.append(f"versus data inspect {where}", style="dim"))
