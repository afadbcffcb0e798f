"""What `versus data inspect` shows of a data set: warnings first, then the tables."""

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from versus.cli import screen

if TYPE_CHECKING:
    from versus.data.dataset import Dataset
    from versus.data.inspection.inspection import Inspection
    from versus.evaluation.label_errors import LabelErrors

SHOWN = 20
"""Suspected labels that are printed; all of them are in the JSON and in `--out`."""


def print_inspection(
    dataset: "Dataset", found: "Inspection", errors: "LabelErrors | None", files: list[str]
) -> None:
    """Print everything that was found about a data set."""
    console = screen.console()
    shape = " x ".join(map(str, dataset.input_shape))
    counts = ", ".join(f"{len(split):,} {name}" for name, split in dataset.splits.items())
    head = Text().append(f"\n{dataset.name}", style="bold")
    console.print(head.append(f"  {counts}; {shape}; {len(dataset.classes)} classes"))
    _print_warnings(found)
    _print_counts(dataset, found)
    if errors is not None:
        _print_label_errors(dataset, errors)
    facts = {"source": dataset.source, "fingerprint": dataset.fingerprint}
    screen.print_facts({**facts, **({"written": ", ".join(files)} if files else {})})


def _print_warnings(found: "Inspection") -> None:
    console = screen.console()
    warnings = found.warnings()
    if not warnings:
        text = "Nothing was found that spoils a comparison"
        console.print(Text(text, style="green"))
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for warned in warnings:
        style = "bold yellow" if warned.grave else "bold cyan"
        cell = Text(f"{warned.what[0].upper()}{warned.what[1:]}.\n")
        cell.append(warned.mend, style="green")
        table.add_row(Text("warning" if warned.grave else "note", style=style), cell)
    console.print(table)


def _print_counts(dataset: "Dataset", found: "Inspection") -> None:
    splits = found.splits
    screen.print_table(
        ("class", *splits),
        [
            (name, *(f"{split.counts[name]:,}" for split in splits.values()))
            for name in dataset.classes
        ],
    )
    screen.print_table(
        ("split", "images", "min", "max", "labels"),
        [
            (
                name,
                " x ".join(map(str, split.images.shape)),
                split.images.min,
                split.images.max,
                f"{split.labels.min} to {split.labels.max}",
            )
            for name, split in splits.items()
        ],
    )
    rows = [
        (near.a, pair.a_row, pair.a_label, near.b, pair.b_row, pair.b_label, pair.residual)
        for near in found.near_equal
        for pair in near.examples
    ]
    if rows:
        columns = ("split", "row", "label", "split", "row", "label", "differ by")
        screen.print_table(columns, rows, title="\nNearly equal, by grey levels that differ")


def _print_label_errors(dataset: "Dataset", errors: "LabelErrors") -> None:
    total = sum(map(len, dataset.splits.values()))
    counts = ", ".join(f"{count:,} of {name}" for name, count in errors.counts.items())
    screen.print_table(
        ("split", "row", "label", "rather", "probability of the label", "of the other"),
        [
            (s.split, s.row, s.given, s.suggested, f"{s.quality:.4f}", f"{s.confidence:.4f}")
            for s in errors.suspects[:SHOWN]
        ],
        title=f"\n{len(errors.suspects):,} of {total:,} labels are suspected ({counts}), by models "
        f"that are right for {errors.accuracy:.2%}: look at them, most are hard rather than wrong",
    )
