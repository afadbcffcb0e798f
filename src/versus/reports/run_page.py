"""The page of a single run: its model, its curves, its errors, and what was found out about it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from versus.errors import ResultsError
from versus.evaluation.predictions import Predictions
from versus.explain.record import read_explanation
from versus.reports.fact import Fact
from versus.reports.galleries import Tile, said_of
from versus.reports.insights import insight
from versus.reports.links import Links
from versus.reports.numbers import count, duration, known, percent, plain
from versus.reports.page import SCRIPTS, page_contents
from versus.reports.pictures import Pictures, read_pictures
from versus.reports.shell import render_page
from versus.results.contract import RECORD, STUDY
from versus.results.record import RunRecord
from versus.results.view import read_predictions
from versus.studies.result import StudyResult, read_result

NAME = "report.html"
MOST_ERRORS = 32


def is_run(folder: Path) -> bool:
    """Say whether `folder` is that of a run within a study."""
    return (folder / RECORD).is_file() and (folder.absolute().parents[1] / STUDY).is_file()


def find_place(run: Path) -> tuple[StudyResult, str, int]:
    """Return the study, the variant and the seed of a run's folder, DIR/VARIANT/SEED.

    Raises:
        ResultsError: it is no such folder.
    """
    place = run.absolute()
    if not is_run(place) or not place.name.isdigit():
        raise ResultsError(
            f"{run}: expected the folder of a run, DIR/VARIANT/SEED, with its {RECORD}"
        )
    return read_result(place.parents[1]), place.parent.name, int(place.name)


def write_run_report(
    result: StudyResult, variant: str, seed: int, path: Path | None = None
) -> Path:
    """Write the page of one run from its record, and return where it is.

    What `versus explain` found out is part of it where it was recorded; nothing is computed here.

    Args:
        result: of the study.
        variant: name of the run's variant.
        seed: of the run.
        path: of the file; DIR/VARIANT/SEED/report.html where None.

    Raises:
        ResultsError: there is no such finished run, a file of it is damaged, or the page cannot be
            written.
    """
    alone = single(result, variant, seed)
    place = alone.store.run_folder(variant, seed) / NAME if path is None else Path(path)
    text = render_page("run.html", run_contents(alone, Links(alone.folder, place.parent)), SCRIPTS)
    if path is None:
        return alone.store.write_study_file(f"{variant}/{seed}/{NAME}", text)
    from versus.results.store import DirectoryStore

    return DirectoryStore(place.parent).write_study_file(place.name, text)


def single(result: StudyResult, variant: str, seed: int) -> StudyResult:
    """Return the study as if this run were all of it.

    Raises:
        ResultsError: it is no finished run.
    """
    records = tuple(r for r in result.finished(variant) if r.seed == seed)
    if not records:
        raise ResultsError(
            f"{result.store.run_folder(variant, seed)}: expected a finished run of the study "
            f"'{result.study.name}'"
        )
    variants = [v for v in result.study.variants if v.name == variant]
    study = result.study.model_copy(update={"variants": variants, "seeds": [seed]})
    return replace(result, study=study, records=records, damaged=(), untested=())


def run_contents(alone: StudyResult, links: Links) -> dict[str, Any]:
    """Return what the template places, of a study of one run."""
    (record,) = alone.records
    classes = list(alone.study.data.classes)
    found = read_explanation(alone.store, record)
    predictions = read_predictions(alone.store, record, alone.judged_on, tuple(classes))
    name = f"{record.variant}, seed {record.seed}"
    return {
        **page_contents(alone, links),
        "record": record,
        "facts": run_facts(record),
        "errors": _errors(predictions, read_pictures(alone.store), record.variant),
        "wrong": int((~predictions.correct).sum()),
        "total": len(predictions),
        "insight": None if found is None else insight(found, classes, name),
        "study_page": links.file("report.html"),
        "record_link": links.record(record),
        "explain_command": f"versus explain {alone.folder / record.variant / str(record.seed)}",
    }


def run_facts(record: RunRecord) -> list[Fact]:
    """Return the numbers of a run, with their names."""
    judged, latency = record.judged(), record.latency or {}
    ms = known(latency.get("ms"))
    facts = [
        Fact("Accuracy", percent(judged.get("accuracy"), 2), f"of {count(judged.get('n'))}"),
        Fact("Loss", plain(judged.get("loss"), 4)),
        Fact("NLL", plain(judged.get("nll"), 4)),
        Fact("Parameters", count(record.parameters), f"{count(record.trainable)} trained"),
        Fact("Multiply-adds", count(record.multiply_adds), "of one picture, forward"),
        Fact("Training", duration(record.seconds), f"{count(record.epochs)} epochs"),
        Fact("Trained by", record.engine, record.started[:10]),
    ]
    if ms is not None:
        facts.append(Fact("Latency", f"{plain(ms, 3)}\u00a0ms", "one picture, median"))
    return facts


def _errors(found: Predictions, pictures: Pictures | None, name: str) -> list[Tile]:
    """Return the pictures that the run got wrong and was surest of."""
    if pictures is None:
        return []
    rows = np.flatnonzero(~found.correct)
    rows = rows[np.argsort(-found.confidence[rows], kind="stable")]
    kept = [row for row in rows if pictures.has(int(found.indices[row]), int(found.labels[row]))]
    return [
        Tile(
            png=pictures.png(int(found.indices[row])),
            index=int(found.indices[row]),
            truth=found.classes[found.labels[row]],
            answers=(said_of(name, found, row),),
        )
        for row in kept[:MOST_ERRORS]
    ]
