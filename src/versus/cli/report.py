"""`versus report`: the page of a study or of a run, or the index of several studies."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from versus.cli import screen
from versus.cli.finish import as_json
from versus.cli.options import JsonOption

if TYPE_CHECKING:
    from versus.reports.classes import ClassScore
    from versus.results.contract import Damage
    from versus.studies.result import StudyResult

FoldersArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN|DIR",
        help="Folder of a study's results, or a run: DIR/VARIANT/SEED.",
        show_default=False,
    ),
]
MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="Print the report as Markdown; write nothing.")
]
TextOption = Annotated[
    bool, typer.Option("--text", help="Print the report in the terminal; write nothing.")
]
PlaceOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where the page of one DIR, or the index, goes."),
]


def report(
    folders: FoldersArgument,
    markdown: MarkdownOption = False,
    text: TextOption = False,
    out: PlaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write report.html again, of a study or of a run; of several studies, an index too."""
    # pandas and matplotlib are slow to import.
    from versus.reports.run_page import find_place, is_run, write_run_report
    from versus.studies.result import read_result

    several = len(folders) > 1
    folders = list({folder.resolve(): folder for folder in folders}.values())
    _check_form(folders, out, {"--markdown": markdown, "--text": text, "--json": json})
    if len(folders) == 1 and is_run(folders[0]):
        page = write_run_report(*find_place(folders[0]), out)
        if json:
            screen.print_json({"run": str(folders[0]), "report": str(page)})
        else:
            sys.stdout.write(f"{page}\n")
        return

    results = [read_result(folder) for folder in folders]
    if markdown or text:
        for result in results:
            _print_markdown(result) if markdown else _print_text(result)
    else:
        _write(results, out, several=several, json=json)
    damaged: list[Damage] = [each for result in results for each in result.damaged]
    raise typer.Exit(screen.print_damaged(damaged))


def _write(results: "list[StudyResult]", out: Path | None, *, several: bool, json: bool) -> None:
    """Write the page of each study, and an index if several were asked for; say which."""
    from versus.reports.index import NAME, write_index
    from versus.reports.page import write_report

    if not several:
        page = write_report(results[0], out)
        if json:
            screen.print_json(as_json(results[0], page))
        else:
            sys.stdout.write(f"{page}\n")
        return
    pages = [(result, write_report(result)) for result in results]
    # absolute: folders may be given from different places.
    common = os.path.commonpath([result.folder.absolute() for result in results])
    index = write_index(pages, out or Path(common) / NAME)
    if json:
        studies = [as_json(result, page) for result, page in pages]
        screen.print_json({"studies": studies, "index": str(index)})
    else:
        sys.stdout.writelines(f"{page}\n" for page in (*(page for _, page in pages), index))


def _check_form(folders: Sequence[Path], out: Path | None, given: Mapping[str, bool]) -> None:
    """Raise ConfigurationError where the options do not go together."""
    from versus.errors import ConfigurationError
    from versus.reports.run_page import is_run

    chosen = [option for option, is_given in given.items() if is_given]
    if len(chosen) > 1:
        raise ConfigurationError(f"expected one of {', '.join(given)}; got {' and '.join(chosen)}")
    printed = bool(chosen) and chosen != ["--json"]
    if printed and (out is not None or any(is_run(folder) for folder in folders)):
        raise ConfigurationError(
            "--markdown and --text print the report of a study: expected its folder and no --out; "
            "leave them away for the page of a run, or for a file"
        )


def _print_markdown(result: "StudyResult") -> None:
    from versus.reports.markdown import markdown

    sys.stdout.write(markdown(result))


def _print_text(result: "StudyResult") -> None:
    from versus.reports.notes import failures_text, notes
    from versus.reports.terminal import curve_lines, matrix_lines

    screen.print_result(result)
    rows = curve_lines(result)
    if rows:
        columns = ("variant", "curve, mean of seeds", "first", "", "last")
        screen.print_table(columns, rows, title="\nLearning")
    console = screen.console()
    for name, lines in matrix_lines(result).items():
        console.print(f"\n{name}, true class by row, predicted by column, all seeds", style="bold")
        for line in lines:
            console.print(line, no_wrap=True)
    _print_classes(result)
    # The caveats stand above, beside the verdicts.
    remarks = [note for note in notes(result) if note not in result.caveats]
    for remark in (*failures_text(result), *remarks):
        console.print(f"\n{remark}")


def _print_classes(result: "StudyResult") -> None:
    """Print each class's precision, recall and F1, and what the worst is taken for."""
    from versus.reports.classes import class_table

    found = class_table(result)
    if found is None:
        return
    console = screen.console()
    title = "\nClasses: precision and recall in percent, F1"
    shown = len(found.rows)
    title += f"; the worst {shown} of {found.total}" if shown < found.total else ""
    for group in found.groups:
        rows = [
            (row.name, row.pictures, *(_score(row.scores[place]) for place in group))
            for row in found.rows
        ]
        columns = ("class", "pictures", *(found.names[place] for place in group))
        screen.print_table(columns, rows, title=title)
    for name, words in found.readings.items():
        console.print(f"\n{name}: {words}", highlight=False, markup=False)


def _score(score: "ClassScore") -> str:
    """Return "96.4 95.0 0.957": percent, percent, and F1."""
    shares = (share.removesuffix("\u00a0%") for share in (score.precision, score.recall))
    return " ".join((*shares, score.f1))
