"""A study as Markdown, for a README or a pull request: the answer, the verdicts, the numbers."""

import re
from collections.abc import Iterable, Iterator, Sequence

from versus.lint.kept import check_records
from versus.reports.answer import answer
from versus.reports.classes import class_table
from versus.reports.confusion import confusion_matrices
from versus.reports.curves import curve_readings, histories
from versus.reports.data_check import data_check
from versus.reports.findings import lint_groups
from versus.reports.notes import failures_text, notes
from versus.reports.numbers import NONE, listed
from versus.reports.sentence import Named, Sentence
from versus.reports.tables import Measured, closing_table
from versus.reports.verdicts import verdict_card
from versus.studies.result import StudyResult

# What Markdown, or the HTML that it lets through, takes for a sign of its own.
_SIGNS = re.compile(r"([\\`*_{}\[\]#|<>&~$@])")
_BREAKS = re.compile(r"\s+")


def markdown(result: StudyResult) -> str:
    """Return the report of a study as Markdown of the GitHub kind, without pictures.

    Raises:
        ResultsError: a file of a run is missing or damaged.
    """
    study = result.study
    parts = [
        f"## {escaped(study.question or study.name)}",
        f"**{_said(answer(result, result.verdicts))}**",
    ]
    parts += [f"> {escaped(caveat)}" for caveat in result.caveats]
    if result.verdicts:
        parts.append(_verdicts(result))
    parts.append(_numbers(result))
    parts += _readings(result)
    remarks = [*failures_text(result), *notes(result)]
    remarks += [*_found(result)]
    parts += ["\n".join(f"- {escaped(remark)}" for remark in remarks)] if remarks else []
    if study.command:
        parts.append("Repeat it:\n\n" + _code(study.command))
    return "\n\n".join(parts) + "\n"


def _found(result: StudyResult) -> Iterator[str]:
    """Yield what the data check and the lint say."""
    check = data_check(result)
    if check is not None:
        yield from (f"Pictures: {found.what}" for found in check.findings)
    for group in lint_groups(check_records(result)):
        places = listed([place.where for place in group.places])
        more = f" and {group.more} more" if group.more else ""
        yield f"{group.code}, {group.severity}: {group.title} ({places}{more})"


def escaped(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, in one line."""
    return _SIGNS.sub(r"\\\1", _BREAKS.sub(" ", text).strip())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown already; the first column left, others right."""
    marks = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))


def _said(sentence: Sentence) -> str:
    return "".join(escaped(p.name) if isinstance(p, Named) else _plain(p) for p in sentence)


def _plain(words: str) -> str:
    """Escape our own words, keeping the spaces at their ends."""
    return _SIGNS.sub(r"\\\1", words)


def _verdicts(result: StudyResult) -> str:
    rows = []
    for verdict in result.verdicts:
        card = verdict_card(verdict)
        facts = {fact.name: fact.value for fact in card.facts}
        interval = next(value for name, value in facts.items() if name.endswith("interval"))
        rows.append(
            (
                f"{escaped(card.b)} against {escaped(card.a)}",
                f"**{card.word}**",
                facts["Mean difference"],
                interval,
                facts["p of no difference"],
                facts["Paired seeds"],
            )
        )
    level = verdict_card(result.verdicts[0]).level
    return table(("Pair", "Verdict", "Mean difference", f"{level} interval", "p", "Seeds"), rows)


def _numbers(result: StudyResult) -> str:
    split = result.judged_on
    head = ("Variant", "Parameters", "Multiply-adds", "Training", f"{split} loss")
    rows = [
        (
            escaped(row.name),
            row.parameters,
            row.multiply_adds,
            row.seconds,
            _measured(row.loss),
            _measured(row.accuracy, "\u00a0%"),
            str(row.n),
        )
        for row in closing_table(result)
    ]
    return table((*head, f"{split} accuracy", "Seeds"), rows)


def _measured(found: Measured, unit: str = "") -> str:
    spread = f" \u00b1 {found.sd}" if found.sd else ""
    return found.mean + spread + (unit if found.mean != NONE else "")


def _readings(result: StudyResult) -> list[str]:
    """Return what curves, matrices and classes say, a line a variant."""
    groups = [
        {r.name: r.sentence() for r in curve_readings(histories(result)) if r.epochs},
        {m.name: m.in_words() for m in confusion_matrices(result)},
    ]
    classes = class_table(result)
    groups += [classes.readings] if classes else []
    return [
        "\n".join(f"- {escaped(name)}: {escaped(words)}" for name, words in group.items())
        for group in groups
        if group
    ]


def _code(text: str) -> str:
    """Return `text` as a block of code; a fence longer than any inside it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"
