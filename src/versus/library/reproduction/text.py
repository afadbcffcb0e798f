"""A reproduction as Markdown: published and measured side by side, and every seed's number."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from versus.filesystem.atomic import write_file
from versus.library.reproduction.cells import (
    TIMES,
    equal,
    interval,
    parameters,
    training_time,
)
from versus.library.reproduction.claims import ClaimRow
from versus.library.reproduction.epochs import said_of_epochs
from versus.library.reproduction.measured import Measured
from versus.library.reproduction.rows import DocumentRows, FigureRow, SystemRow
from versus.studies.watching.duration import clock

NAME = "reproduction"
HEAD = ("", "printed", "ours, as printed", "one more run, 99 %", "outcome", "ours, corrected")
INTRODUCTION = (
    "What the documents print beside what was measured here. *Reproduced*: the printed number, as "
    "exactly as it was printed, lies in the 99 % prediction interval for one more run, mean ± "
    "t·sd·√(1 + 1/n). Measured numbers are the mean (sample standard deviation, number of seeds). "
    f"{TIMES}"
)


def write_reproduction(
    documents: Sequence[DocumentRows],
    out: Path,
    command: str,
    pictures: Mapping[str, Sequence[str]] | None = None,
) -> list[Path]:
    """Write `reproduction.md` and `reproduction.json` into `out`; return where they are.

    Args:
        documents: of `reproduce`.
        out: a folder.
        command: that made it.
        pictures: by "LETTER variant", paths in `out` of its printed curves.

    Raises:
        OSError: they cannot be written.
    """
    paths = [out / f"{NAME}.md", out / f"{NAME}.json"]
    write_file(paths[0], markdown(documents, command, pictures).encode())
    write_file(paths[1], (json.dumps(to_dict(documents, command), indent=1) + "\n").encode())
    return paths


def to_dict(documents: Sequence[DocumentRows], command: str) -> dict[str, Any]:
    """Return everything, ready for JSON."""
    return {"command": command, "documents": [document.to_dict() for document in documents]}


def markdown(
    documents: Sequence[DocumentRows],
    command: str,
    pictures: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return the whole page; see `write_reproduction`."""
    parts = ["# Published against measured", INTRODUCTION, f"    {command}"]
    parts += [part for part in (_summary(documents), tally(documents)) if part]
    for document in documents:
        parts += _document(document, pictures or {})
    return "\n\n".join(parts) + "\n"


def sitting(row: SystemRow | ClaimRow) -> str:
    """Return of which earlier sitting a row is, in a sentence; "" where it is of this one."""
    if not row.earlier:
        return ""
    return f"Of an earlier sitting, `{row.earlier}`; its runs are not kept."


def _summary(documents: Sequence[DocumentRows]) -> str:
    rows = [
        (d.letter, f"`{s.variant}`", s.outcome, f"{s.accuracy.n}", _summed_why(s))
        for d in documents
        for s in d.systems
    ]
    return _table(("", "system", "outcome", "runs", "why"), rows)


def _summed_why(system: SystemRow) -> str:
    # The command stands with the system: it is as long as the rest of the row.
    parts = (system.why, "of an earlier sitting" if system.earlier else "")
    return "; ".join(part for part in parts if part)


def tally(documents: Sequence[DocumentRows]) -> str:
    """Return how many printed numbers lie in their intervals, and how many would by chance."""
    systems = [s for d in documents for s in d.systems if s.outcome != "cannot be checked"]
    ends = [f.outcome == "reproduced" for s in systems for f in s.figures if f.low is not None]
    epochs = [row.inside for s in systems for row in s.curve if row.low is not None]
    if not ends:
        return ""
    said = f"Of {len(ends)} printed results that can be checked {sum(ends)} lie in their intervals"
    if epochs:
        said += f", and of {len(epochs)} numbers printed of single epochs {sum(epochs)}"
    outside = 100 * (1 - sum(ends + epochs) / len(ends + epochs))
    return (
        f"{said}: {outside:.1f} % of them all lie outside. Were each document's run one like ours, "
        "about 1 % would."
    )


def _document(document: DocumentRows, pictures: Mapping[str, Sequence[str]]) -> list[str]:
    parts = [f"## {document.letter}. {document.title}", f"As printed: {document.protocol}."]
    for system in document.systems:
        parts += _system(system)
        parts += _curve(system, pictures.get(f"{document.letter} {system.variant}", ()))
    if document.claims:
        parts += ["### What it concludes", "\n".join(_claim(c) for c in document.claims)]
    if document.errata:
        errata = [
            f"{number}. {e.what[0].upper()}{e.what[1:]}." + (f" Here: {e.mended}." * bool(e.mended))
            for number, e in enumerate(document.errata, 1)
        ]
        parts += ["### Errata", "\n".join(errata)]
    return parts


def _system(system: SystemRow) -> list[str]:
    why = f": {system.why}" if system.why else ""
    when = f" {sitting(system)}" if system.earlier else ""
    rows = [_parameters(system), *(_figure(f) for f in system.figures if f.headline)]
    if not system.figures:
        rows += [
            (f"test {name}", "", _mean(found), "", "", _beside(system, name))
            for name, found in (("accuracy", system.accuracy), ("loss", system.loss))
        ]
    rows += [_figure(f) for f in system.figures if not f.headline]
    printed = clock(system.seconds_printed)
    rows.append(("training time", printed, training_time(system.seconds), "", "", ""))
    parts = [
        f"### `{system.variant}`, in the study `{system.study}`",
        f"**{system.outcome}**{why}.{when}",
        _table(HEAD, rows),
    ]
    if system.corrected:
        mended = [
            f"- `{c.variant}` of `{c.study}` ({c.change}): {c.effect}." for c in system.corrected
        ]
        parts += ["\n".join(mended)]
    seeds = _seeds(system)
    return parts + ([seeds] if seeds else [])


def _curve(system: SystemRow, pictures: Sequence[str]) -> list[str]:
    said = " ".join(part for part in (said_of_epochs(system.curve), system.remark) if part)
    drawn = " ".join(f"![{system.variant}: printed against ours]({path})" for path in pictures)
    return [part for part in (said, drawn) if part]


def _parameters(system: SystemRow) -> tuple[str, ...]:
    ours, printed = system.counts
    computed = "" if system.counts_printed or not printed[0] else " (computed)"
    return (
        "parameters",
        (parameters(*printed) if printed[0] else "") + computed,
        parameters(*ours),
        "",
        equal(ours, printed),
        "; ".join(f"`{c.variant}` {c.parameters:,}" for c in system.corrected if c.parameters),
    )


def _figure(figure: FigureRow) -> tuple[str, ...]:
    corrected = "; ".join(f"`{n}` {_mean(m)}" for n, m in figure.corrected.items() if m.n)
    return (
        figure.name,
        figure.printed,
        _mean(figure.measured),
        interval(figure.low, figure.high, figure.name),
        figure.outcome,
        corrected,
    )


def _beside(system: SystemRow, metric: str) -> str:
    return "; ".join(
        f"`{c.variant}` {_mean(getattr(c, metric))}"
        for c in system.corrected
        if getattr(c, metric).n
    )


def _seeds(system: SystemRow) -> str:
    """Return every run's number, of the system and of what mends it."""
    lines = [(f.name, f.measured) for f in system.figures if f.headline]
    named = {name for name, _ in lines}
    for name, found in (("test accuracy", system.accuracy), ("test loss", system.loss)):
        lines += [] if name in named else [(name, found)]
    for mended in system.corrected:
        lines += [(f"`{mended.variant}` test accuracy", mended.accuracy)]
        lines += [(f"`{mended.variant}` test loss", mended.loss)]
    seeds = sorted({seed for _, found in lines for seed in found.by_seed})
    rows = [
        (name, *(_number(found.by_seed.get(seed)) for seed in seeds))
        for name, found in lines
        if found.n
    ]
    return _table(("seed", *map(str, seeds)), rows) if rows else ""


def _claim(claim: ClaimRow) -> str:
    remark = f" {claim.remark}" if claim.remark else ""
    reasons = f" {' '.join(claim.reasons)}" if claim.reasons else ""
    when = f" {sitting(claim)}" if claim.earlier else ""
    return f"- That {claim.says}: **{claim.word}**. {claim.sentence}{remark}{reasons}{when}"


def _mean(found: Measured) -> str:
    if found.mean is None:
        return ""
    spread = "" if found.sd is None else f"{found.sd:.4f}, "
    return f"{found.mean:.4f} ({spread}n {found.n})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
