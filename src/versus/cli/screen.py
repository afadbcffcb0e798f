"""What commands print: tables on stdout, the same as JSON where asked."""

import contextlib
import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from versus.results.contract import Damage
    from versus.studies.result import StudyResult

PIPE_WIDTH = 200
WIDE = 78
COLUMNS = ("variant", "parameters", "mult-adds", "seconds", "loss", "accuracy", "sd", "n")
COST = ("mult-adds", "seconds")
# Where there is room: milliseconds for one picture, and the size of the saved model.
WIDER, SPEED = 110, ("latency ms", "model kB")
# Blanks beside a table's column, and what a column is not to be narrower than.
SPACING, NARROWEST = 2, 12
WORD_STYLE = {"better": "bold green", "worse": "bold red", "equivalent": "bold cyan"}


def console() -> Console:
    """Return a console on stdout that leaves names and numbers as they are."""
    # A pipe has no width to keep to: nothing is cut or folded there.
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)


def user_code() -> contextlib.AbstractContextManager[object]:
    """Send what a user's own file prints to stderr: stdout is for the command's answer."""
    return contextlib.redirect_stdout(sys.stderr)


def print_json(content: Any) -> None:
    """Print `content` as indented JSON."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print a table; columns that hold numbers are aligned to the right.

    Columns of single words keep them whole where there is room: they are names to be typed.
    """
    screen = console()
    table = Table(
        box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", pad_edge=False
    )
    texts = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    unbroken = _unbroken(texts, len(columns), screen.width)
    for number, column in enumerate(columns):
        cells = [row[number] for row in texts]
        shown = [cell for cell in cells if cell.strip("-")]
        numeric = bool(shown) and all(cell.lstrip("+-")[:1].isdigit() for cell in shown)
        table.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric or unbroken[number],
        )
    for row in texts:
        table.add_row(*row)
    screen.print(table)


def _unbroken(rows: Sequence[Sequence[str]], count: int, width: int) -> list[bool]:
    """Return which of `count` columns hold single words and leave the others room."""
    unbroken = [False] * count
    for number in range(count):
        cells = [row[number] for row in rows]
        longest = max(map(len, cells), default=0)
        if not any(" " in cell for cell in cells):
            width -= longest + SPACING
            unbroken[number] = width >= NARROWEST * (count - number - 1)
    return unbroken


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values as two columns."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column()
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        grid.add_row(Text(name, style="dim", no_wrap=True), str(value))
    console().print(grid)


def print_result(result: "StudyResult") -> None:
    """Print the verdict of every pair, then the table of the variants."""
    from versus.evaluation.telling import beside  # brings scipy

    screen = console()
    screen.print()
    screen.print(result.study.question, style="bold")
    verdicts = Table.grid(padding=(1, 2, 0, 0))
    for verdict, description in zip(result.verdicts, result.descriptions, strict=True):
        style = WORD_STYLE.get(verdict.word, "bold yellow")
        said = Text(verdict.reason)
        if more := beside(verdict, description):
            said.append(f"\n{more}", style="dim")
        verdicts.add_row(Text(verdict.word.upper(), style=style, no_wrap=True), said)
    screen.print(verdicts)
    chosen = result.chosen_on_validation
    if chosen is not None:
        screen.print(f"\nChosen on validation, before the test set was opened: {chosen}")
    for caveat in result.caveats:
        screen.print(f"\n{caveat}", style="yellow")
    for line in _how_it_was_made(result):
        screen.print(f"\n{line}", style="dim")
    # A narrow terminal gets the columns that answer the question.
    shown = COLUMNS if screen.width >= WIDE else [c for c in COLUMNS if c not in COST]
    shown = [*shown, *(SPEED if screen.width >= WIDER else ())]
    print_table(
        shown,
        [[_cells(*row)[c] for c in shown] for row in result.frame().iterrows()],
        title=f"\n{result.study.data.name}, {result.judged_on} split",
    )


def _how_it_was_made(result: "StudyResult") -> list[str]:
    """Return what the numbers depend on: a budget, a sealed test set, looks that are to come."""
    from versus.studies.protocol import Protocol  # brings numpy

    study, said = result.study, []
    if "budget_amount" in study.protocol:
        said.append(f"Trained {Protocol.from_dict(study.protocol).describe_budget()}.")
    if result.judged_on == "validation" and not result.openings:
        said.append(f"The test set is sealed; it is opened by: versus open-test {result.folder}")
    open_pairs = [v for v in result.verdicts if v.word == "can't tell"]
    if study.looks and any((verdict.look or 0) < len(verdict.looks) for verdict in open_pairs):
        again = study.command or "the same call"
        said.append(f"The looks go on to {study.looks.most} seeds; go on with: {again}")
    return said


def print_failures(result: "StudyResult", told: Collection[tuple[str, int]] = ()) -> int:
    """Name each failed, diverged or damaged run on stderr; return the exit code.

    Args:
        result: of a study.
        told: variant and seed of the runs whose reason is on the screen already.
    """
    lost = [*result.failed, *result.diverged]
    for record in lost:
        name = f"{record.variant}, seed {record.seed}"
        why = "" if (record.variant, record.seed) in told else f": {record.error}"
        sys.stderr.write(f"versus: {name} {record.status}{why}\n")
    return max(1 if lost else 0, print_damaged(result.damaged))


def print_damaged(damaged: "Sequence[Damage]") -> int:
    """Name everything that is damaged on stderr; return the exit code."""
    for damage in damaged:
        sys.stderr.write(f"versus: {damage.reason}\n")
    return 1 if damaged else 0


def _cells(name: object, row: Any) -> dict[str, object]:
    """Return the cells of one variant, by column."""
    return {
        "variant": name,
        "parameters": number(row.parameters, ",.0f"),
        "mult-adds": number(row.multiply_adds, ",.0f"),
        "seconds": number(row.seconds, ".1f"),
        "loss": number(row.loss_mean, ".4f"),
        "accuracy": number(row.accuracy_mean, ".4f"),
        "sd": number(row.accuracy_sd, ".4f"),
        "n": row.n,
        "latency ms": number(row.latency_ms, ".3f"),
        "model kB": number(row.model_bytes and row.model_bytes / 1000, ",.0f"),
    }


def number(value: Any, form: str) -> str:
    """Return a number in the form asked for, a dash where there is none."""
    missing = value is None or value != value  # noqa: PLR0124  (NaN is what pandas makes of None)
    return "-" if missing else format(value, form)
