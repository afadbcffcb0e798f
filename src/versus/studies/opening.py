"""Opening a sealed test set: the finished runs are measured on it once, and that is recorded."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from versus.backend import threads
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DamagedError, MismatchError, ResultsError
from versus.evaluation.metrics import summarise_splits
from versus.evaluation.predict import Measured, measure
from versus.results.contract import MODEL, STUDY, Store
from versus.results.opening import (
    OpenedTest,
    Opening,
    read_opened,
    read_openings,
    write_opened,
    write_opening,
)
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.results.view import read_predictions
from versus.studies.protocol import Protocol
from versus.studies.result import StudyResult
from versus.studies.run_files import pack_predictions
from versus.studies.runner import conclude
from versus.studies.saved_model import load_data, load_saved_model
from versus.training.recipe import Recipe

# How far a probability may be from the one that was recorded: another processor sums in another
# order, which moves it by some 1e-6.
TOLERANCE = 1e-4


class _Sealed(NamedTuple):
    """A sealed study with what is needed to open it."""

    store: Store
    protocol: Protocol
    data: Dataset


def open_test(
    place: Path | str | Store,
    data: Dataset | str | None = None,
    *,
    tell: Callable[[str], None] = lambda line: None,
) -> StudyResult:
    """Measure the finished runs of a sealed study on its test pictures, each once.

    Before any test picture is looked at, every model is loaded from its file and must give the
    validation probabilities that its run recorded. Then the opening is written down, and the runs
    are measured one by one; an opening that is interrupted goes on where it was, and counts once.
    Runs that were measured before are not measured again: where all were, nothing is opened.

    Args:
        place: DIR of the study, or its store.
        data: the study's, or a name or path, read as its record says; None for what that names.
        tell: is told in a line what is done.

    Returns:
        What the runs say, judged on test from now on.

    Raises:
        ConfigurationError: the study's test set was never sealed.
        MismatchError: the data are not those of the study, or a model does not give what its run
            recorded.
        ModelError: a model cannot be loaded, as where its own layers are not known.
        ResultsError: there is no study, no finished run, or something is damaged.
    """
    store = place if isinstance(place, Store) else DirectoryStore(place)
    study = store.read_study()
    if study is None:
        raise ResultsError(f"{store.root}: no study here: expected a folder holding {STUDY}")
    protocol = Protocol.from_dict(study.protocol)
    if protocol.test == "open":
        raise ConfigurationError(
            f"{store.root}: its test set was never sealed (Protocol.test is 'open'): every run was "
            "tested after its training"
        )
    sealed = _Sealed(store, protocol, load_data(study, data))
    with store.locked(), threads(protocol.threads):
        store.settle()
        _open(sealed, study, tell)
    return conclude(store, sealed.data)


def _open(sealed: _Sealed, study: StudyRecord, tell: Callable[[str], None]) -> None:
    """Measure what was not measured yet, on the record; call it with the lock."""
    store = sealed.store
    pending = _pending(store, study)
    openings = read_openings(store)
    unfinished = openings[-1] if openings and openings[-1].finished is None else None
    if not pending and unfinished is None:
        times = "once" if len(openings) == 1 else f"{len(openings)} times"
        tell(f"every finished run is tested already (opened {times}): nothing to do")
        return
    for run in pending:
        _check_reproduces(sealed, run)
    opening = _begin(sealed, pending, unfinished, len(openings) + 1)
    for run in pending:
        metrics = _test(sealed, run, opening.number)
        tell(f"{run.variant}, seed {run.seed}: test accuracy {metrics['accuracy']:.4f}")
    write_opening(store, opening.model_copy(update={"finished": _now()}))


def _pending(store: Store, study: StudyRecord) -> list[RunRecord]:
    """Return the study's finished runs that were not measured on test yet.

    Raises:
        ResultsError: no run has finished.
    """
    names, seeds = {variant.name for variant in study.variants}, set(study.seeds)
    finished = [
        record
        for record in store.survey().records
        if record.status == "finished" and record.variant in names and record.seed in seeds
    ]
    if not finished:
        raise ResultsError(f"{store.root}: no run has finished: there is nothing to test")
    return [record for record in finished if not _is_opened(store, record)]


def _is_opened(store: Store, record: RunRecord) -> bool:
    try:
        return read_opened(store, record) is not None
    except DamagedError:
        return False  # it is measured again, which this opening tells


def _begin(
    sealed: _Sealed, pending: list[RunRecord], unfinished: Opening | None, number: int
) -> Opening:
    """Write down that the test set is opened now, before it is; return what is written."""
    runs = [f"{run.variant}/{run.seed}" for run in pending]
    if unfinished is not None:
        both = list(dict.fromkeys([*unfinished.runs, *runs]))
        opening = unfinished.model_copy(update={"runs": both})
    else:
        opening = Opening(
            number=number,
            started=_now(),
            finished=None,
            runs=runs,
            data_fingerprint=sealed.data.fingerprint,
        )
    write_opening(sealed.store, opening)
    return opening


def _check_reproduces(sealed: _Sealed, run: RunRecord) -> None:
    """Raise MismatchError unless the saved model gives what its run recorded on validation."""
    recorded = read_predictions(sealed.store, run, "validation", sealed.data.classes)
    parts = sealed.protocol.split(sealed.data, run.seed)
    again = measure(
        load_saved_model(sealed.store, run),
        parts.validation,
        sealed.data.classes,
        _recipe(run),
        indices=parts.validation_indices,
    ).predictions
    apart = 1.0  # of other pictures, anything may differ
    if np.array_equal(recorded.indices, again.indices):
        apart = float(np.abs(recorded.probabilities - again.probabilities).max())
    if apart > TOLERANCE:
        raise MismatchError(
            f"{sealed.store.run_folder(run.variant, run.seed) / MODEL}: the saved model does not "
            f"give the validation probabilities that its run recorded (they differ by up to "
            f"{apart:.2g}; at most {TOLERANCE:g} is expected): the test set was not opened"
        )


def _test(sealed: _Sealed, run: RunRecord, number: int) -> dict[str, Any]:
    """Measure one run on the test pictures, write it, and return its metrics."""
    store, data = sealed.store, sealed.data
    validation = read_predictions(store, run, "validation", data.classes)
    found: Measured = measure(load_saved_model(store, run), data.test, data.classes, _recipe(run))
    summary = summarise_splits(validation, found.predictions)["test"]
    metrics = {"loss": found.loss, **summary}
    opened = OpenedTest(
        variant=run.variant,
        seed=run.seed,
        opening=number,
        model_sha256=run.files[MODEL],
        predictions_sha256="",
        metrics=metrics,
    )
    write_opened(store, opened, pack_predictions({"test": found}))
    return metrics


def _recipe(run: RunRecord) -> Recipe:
    return Recipe.from_dict(run.config.recipe)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
