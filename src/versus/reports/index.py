"""The index of many studies: one row a study, what it asked and what it says."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from versus.errors import ResultsError
from versus.filesystem.atomic import write_file
from versus.reports import theme
from versus.reports.answer import answer
from versus.reports.numbers import duration, known, plural
from versus.reports.sentence import Sentence
from versus.reports.shell import render_page
from versus.reports.tables import Measured, closing_table
from versus.studies.result import StudyResult

NAME = "index.html"


@dataclass(frozen=True)
class IndexRow:
    """One study.

    Attributes:
        name, question, data: of the study.
        link: to its report, relative to the index.
        answer: in a sentence.
        word: of its verdict, seen from the variant that the answer names first; how many are
            decided where there are several; "" for one variant.
        slots: the colour of each variant, within the study.
        best: name of the variant with the best mean accuracy; "" without a finished run.
        accuracy: of that variant, in percent; `accuracy_key` sorts it.
        seeds: planned.
        runs: finished, of all; `runs_key` sorts it.
        seconds: of all trainings; `seconds_key` sorts it.
        started: date of the first run, ISO 8601.
    """

    name: str
    question: str
    data: str
    link: str
    answer: Sentence
    word: str
    slots: dict[str, int]
    best: str
    accuracy: Measured | None
    accuracy_key: float
    seeds: int
    runs: str
    runs_key: int
    seconds: str
    seconds_key: float
    started: str


def index_row(result: StudyResult, link: str) -> IndexRow:
    """Return what the index says of a study; `link` leads to its report."""
    study = result.study
    rows: list[tuple[Any, Any]] = list(result.frame().iterrows())
    means = {str(name): known(row["accuracy_mean"]) for name, row in rows}
    there = [(name, mean) for name, mean in means.items() if mean is not None]
    best, mean = max(there, key=lambda pair: pair[1], default=("", -1.0))
    shown = {row.name: row.accuracy for row in closing_table(result)}
    seconds = sum(record.seconds for record in result.records)
    done = sum(record.status == "finished" for record in result.records)
    return IndexRow(
        name=study.name,
        question=study.question,
        data=study.data.name,
        link=link,
        answer=answer(result, result.verdicts),
        word=_word([verdict.word for verdict in result.verdicts]),
        slots=theme.slots([variant.name for variant in study.variants]),
        best=best,
        accuracy=shown.get(best),
        accuracy_key=mean,
        seeds=len(study.seeds),
        runs=f"{done} of {len(study.seeds) * len(study.variants)}",
        runs_key=done,
        seconds=duration(seconds if result.records else None),
        seconds_key=seconds,
        started=min((r.started[:10] for r in result.records if r.started), default=""),
    )


def write_index(results: Sequence[tuple[StudyResult, Path]], path: Path) -> Path:
    """Write the index of several studies, and return where it is.

    Args:
        results: each study, and where its report is.
        path: of the index.

    Raises:
        ResultsError: a file of a run is missing or damaged, or the page cannot be written.
    """
    rows = [index_row(result, _link(report, path.parent)) for result, report in results]
    runs = sum(row.runs_key for row in rows)
    contents: dict[str, Any] = {
        "rows": rows,
        "title": plural(len(rows), "study", "studies"),
        "note": f"{plural(runs, 'finished run')}. Choose a column's name to sort by it.",
    }
    try:
        write_file(path, render_page("index.html", contents, ("sort.js",)).encode())
    except OSError as cause:
        raise ResultsError(f"{path}: {cause.strerror or cause}: choose another --out") from cause
    return path


def _word(words: Sequence[str]) -> str:
    if len(words) < 2:
        return words[0].replace("worse", "better") if words else ""
    decided = sum(word != "can't tell" for word in words)
    return f"{decided} of {len(words)} pairs decided"


def _link(report: Path, folder: Path) -> str:
    relative = Path(os.path.relpath(report.absolute(), folder.absolute())).as_posix()
    return "./" + quote(relative)
