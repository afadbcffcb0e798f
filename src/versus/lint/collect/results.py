"""From the records of a study, or of one run, to a Subject; needs no Keras."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from versus.errors import ConfigurationError, VersusError
from versus.lint.collect.study import recipe_or_none
from versus.lint.finding import Finding
from versus.lint.graph import Graph, graph_from_config
from versus.lint.subject import Candidate, Design, Loss, Run, Subject
from versus.results.contract import MODEL, Store
from versus.results.record import RunRecord
from versus.results.study_record import StudyRecord, VariantRecord
from versus.results.view import read_predictions
from versus.studies.protocol import Protocol
from versus.studies.result import StudyResult

FINDINGS = "findings.json"
"""DIR/findings.json: what was found before training, in what no record holds: pictures and code."""


def collect_records(result: StudyResult) -> Subject:
    """Return what the records of a study say of it, its models and its runs."""
    study = result.study
    return Subject(
        name=study.name,
        design=_design(study, result.records),
        candidates=tuple(_candidate(variant, result) for variant in study.variants),
        runs=tuple(_run(result, record) for record in result.records),
        verdicts=tuple(result.verdicts),
        kept=_kept(result.store),
    )


def _kept(store: Store) -> tuple[Finding, ...]:
    try:
        content: Any = store.read_study_file(FINDINGS)
        return tuple(Finding.from_dict(values) for values in content or ())
    except (VersusError, TypeError):
        return ()  # of another version, or damaged


def collect_run(result: StudyResult, record: RunRecord) -> Subject:
    """Return what the record of one run says of it and its model."""
    variant = next(v for v in result.study.variants if v.name == record.variant)
    return Subject(
        name=f"{record.variant}/{record.seed}",
        candidates=(_candidate(variant, result, record),),
        runs=(_run(result, record),),
    )


def _design(study: StudyRecord, records: Iterable[RunRecord]) -> Design:
    counts = dict(study.data.counts)
    for record in records:
        for split, metrics in record.metrics.items():
            counts[split] = metrics.get("n", counts.get(split, 0))
    return Design(
        name=study.name,
        question=study.question,
        seeds=tuple(study.seeds),
        endpoint=study.endpoint,
        margin=study.margin,
        protocol=_protocol(study.protocol),
        counts=counts,
        suppress=study.suppress,
    )


def _protocol(values: Mapping[str, object]) -> Protocol | None:
    try:
        return Protocol.from_dict(dict(values))
    except ConfigurationError:
        return None  # of another version; what is read of it is left out


def _candidate(
    variant: VariantRecord, result: StudyResult, record: RunRecord | None = None
) -> Candidate:
    recipe = recipe_or_none(variant.recipe)
    finished = [record] if record else result.finished(variant.name)
    saved = next((run for run in finished if result.store.keeps(run, MODEL)), None)
    return Candidate(
        variant.name,
        variant.model,
        recipe=recipe,
        graph=_saved_graph(result.store, saved) if saved else None,
        loss=Loss(recipe.loss, recipe.from_logits) if recipe else None,
    )


def _saved_graph(store: Store, record: RunRecord) -> Graph | None:
    """Return the layers of a run's saved model, read from its configuration alone."""
    return graph_of_file(store.read_file(record, MODEL))


def graph_of_file(content: bytes) -> Graph | None:
    """Return the layers in a `.keras` file; None where it holds no such thing."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return graph_from_config(json.loads(archive.read("config.json")))
    except (zipfile.BadZipFile, KeyError, ValueError):
        return None


def _run(result: StudyResult, record: RunRecord) -> Run:
    if record.status != "finished":
        return Run(record)
    store, classes = result.store, tuple(result.study.data.classes)
    predictions = {}
    for split in record.metrics:
        try:
            predictions[split] = read_predictions(store, record, split, classes)
        except VersusError:
            continue  # a run that kept none of this split
    return Run(record, _curves(store, record), predictions)


def _curves(store: Store, record: RunRecord) -> dict[str, tuple[float, ...]]:
    if not store.keeps(record, "history.csv"):
        return {}
    text = store.read_file(record, "history.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    keys = [key for key in (rows[0] if rows else ()) if key != "epoch"]
    # An epoch without validation leaves its cells empty.
    return {key: tuple(float(r[key]) for r in rows if r[key]) for key in keys}
