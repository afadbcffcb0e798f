"""`versus figures`: the figures of a study as files, each beside its numbers."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from versus.cli.options import FolderArgument


class Form(StrEnum):
    """Formats of figures."""

    png = "png"
    svg = "svg"
    pdf = "pdf"


class Width(StrEnum):
    """Widths of figures, as printed pages have them."""

    single = "single"
    double = "double"


def figures(
    folder: FolderArgument,
    form: Annotated[Form, typer.Option("--format", help="Of the figures.")] = Form.png,
    width: Annotated[
        Width, typer.Option("--width", help="One column of a page (3.5 inches), or two (7.2).")
    ] = Width.single,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to; DIR/figures where not given."),
    ] = None,
) -> None:
    """Write each figure of a study as a file, and its numbers as CSV."""
    # pandas and matplotlib are slow to import.
    from versus.reports.figure_files import WIDTHS, write_figures
    from versus.studies.result import read_result

    result = read_result(folder)
    paths = write_figures(result, out or folder / "figures", form.value, WIDTHS[width.value])
    sys.stdout.writelines(f"{path}\n" for path in paths)
