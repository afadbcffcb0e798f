"""A document's printed and measured numbers on the terminal: a table, and what is said of it."""

from versus.cli import screen
from versus.library.reproduction.cells import equal
from versus.library.reproduction.epochs import said_of_epochs
from versus.library.reproduction.measured import Measured
from versus.library.reproduction.rows import DocumentRows, SystemRow
from versus.library.reproduction.text import sitting

COLUMNS = ("system", "figure", "printed", "ours", "sd", "n", "outcome")


def print_document(document: DocumentRows) -> None:
    """Print the systems of a document, what stands behind their outcomes, and its conclusions."""
    rows = [row for system in document.systems for row in _rows(system)]
    screen.print_table(COLUMNS, rows, title=f"\n{document.letter}. {document.title}")
    said = {system.variant: "\n".join(_notes(system)) for system in document.systems}
    said["conclusions" if len(document.claims) > 1 else "conclusion"] = "\n".join(
        f"That {claim.says}: {claim.sentence} {claim.remark}".rstrip() for claim in document.claims
    )
    said["earlier"] = "\n".join(_of_earlier_sittings(document))
    screen.print_facts({name: text for name, text in said.items() if text})


def _notes(system: SystemRow) -> list[str]:
    notes = [f"{system.outcome}: {system.why}."] if system.why else []
    notes += [f"{m.change} ({m.variant}): {m.effect}." for m in system.corrected]
    if said := said_of_epochs(system.curve):
        notes.append(f"{said} {system.remark}".rstrip())
    return notes


def _of_earlier_sittings(document: DocumentRows) -> list[str]:
    """Return a sentence for each earlier sitting, and whose rows are of it."""
    names: dict[str, list[str]] = {}
    for system in document.systems:
        names.setdefault(sitting(system), []).append(system.variant)
    for claim in document.claims:
        names.setdefault(sitting(claim), []).append("a conclusion")
    names.pop("", None)
    return [f"{', '.join(dict.fromkeys(of))}: {sentence}" for sentence, of in names.items()]


def _rows(system: SystemRow) -> list[tuple[str, ...]]:
    counts = (
        "parameters",
        f"{system.parameters_printed:,}" if system.parameters_printed else "",
        screen.number(system.parameters, ",.0f"),
        "",
        "",
        equal(*system.counts),
    )
    rows = [_row(f.name, f.printed, f.measured, f.outcome) for f in system.figures if f.headline]
    if not rows:
        rows = [
            _row("test accuracy", "", system.accuracy, ""),
            _row("test loss", "", system.loss, ""),
        ]
    if system.parameters or system.parameters_printed:  # what scikit-learn learns has none before
        rows.insert(0, counts)
    return [(system.variant, *rows[0]), *(("", *row) for row in rows[1:])]


def _row(name: str, printed: str, found: Measured, outcome: str) -> tuple[str, ...]:
    numbers = (screen.number(found.mean, ".4f"), screen.number(found.sd, ".4f"), str(found.n))
    return (name, printed, *numbers, outcome)
