"""Openings: when a sealed test set was opened, and what its pictures said of each run.

DIR/openings.json tells every opening and is only ever added to. What a run gave on test lies in
DIR/VARIANT/SEED/test/, beside the run's own record, which stays as it was sealed: predictions.npz,
then record.json, which is written last and makes the two count. A copy that keeps numbers only has
the record alone.
"""

import contextlib
import hashlib
import io
from typing import Any

import numpy as np

from versus.errors import ConfigurationError, DamagedError, LeftOutError
from versus.evaluation.predictions import Predictions
from versus.results.contract import MODEL, RECORD, Store
from versus.results.record import RunRecord
from versus.results.seal import FORMAT, seal, unseal
from versus.schema import Schema

OPENINGS = "openings.json"
PREDICTIONS = "predictions.npz"
FOLDER = "test"
# As left-out.json names them, and as they lie in the run's folder.
TEST_RECORD, TEST_PREDICTIONS = f"{FOLDER}/{RECORD}", f"{FOLDER}/{PREDICTIONS}"


class Opening(Schema):
    """One time that the test set was looked at.

    Attributes:
        number: from 1.
        started: UTC time, ISO 8601, written before the first test picture is read.
        finished: the same, when all its runs were measured; None where it was interrupted.
        runs: "VARIANT/SEED" of each run that it is for.
        data_fingerprint: of the data set.
    """

    number: int
    started: str
    finished: str | None
    runs: list[str]
    data_fingerprint: str


class OpenedTest(Schema):
    """What one run gave on the test pictures.

    Attributes:
        format: version of the layout.
        variant, seed: of the run.
        opening: the number of the opening in which it was measured.
        model_sha256: of the `model.keras` that was measured.
        predictions_sha256: of the predictions beside this record.
        metrics: of "test", by name.
    """

    format: int = FORMAT
    variant: str
    seed: int
    opening: int
    model_sha256: str
    predictions_sha256: str
    metrics: dict[str, Any]


def read_openings(store: Store) -> tuple[Opening, ...]:
    """Return every opening, in order; none where the test set was never opened.

    Raises:
        ResultsError: the file is damaged, or a newer versus wrote it.
    """
    data, place = store.read_study_bytes(OPENINGS), str(store.root / OPENINGS)
    if data is None:
        return ()
    try:
        return tuple(Opening.from_dict(each) for each in unseal(data, place)["openings"])
    except (ConfigurationError, KeyError, TypeError) as cause:
        raise DamagedError(f"{place}: damaged: {cause}: put a copy of it back") from cause


def write_opening(store: Store, opening: Opening) -> None:
    """Add an opening after the others, or say more of the last one.

    Raises:
        ResultsError: it cannot be written.
    """
    before = [each for each in read_openings(store) if each.number != opening.number]
    told = [each.to_dict() for each in (*before, opening)]
    store.write_study_file(OPENINGS, seal({"format": FORMAT, "openings": told}))


def write_opened(store: Store, opened: OpenedTest, predictions: bytes) -> None:
    """Write what one run gave on test: first the predictions, then the record that names them."""
    folder = f"{opened.variant}/{opened.seed}/{FOLDER}"
    digest = hashlib.sha256(predictions).hexdigest()
    opened = opened.model_copy(update={"predictions_sha256": digest})
    store.write_study_file(f"{folder}/{PREDICTIONS}", predictions)
    store.write_study_file(f"{folder}/{RECORD}", seal(opened.to_dict()))


def read_opened(store: Store, run: RunRecord) -> OpenedTest | None:
    """Return what a run gave on test, None where it was not measured (or not to the end).

    Its predictions are held against it, unless they were left out of this copy of the run.

    Raises:
        DamagedError: it is not what was written, or of another model or run.
    """
    name = f"{_folder(run)}/{RECORD}"
    data, place = store.read_study_bytes(name), str(store.root / name)
    if data is None:
        return None
    try:
        opened = OpenedTest.from_dict(unseal(data, place))
    except ConfigurationError as cause:
        raise DamagedError(f"{place}: damaged: {cause}") from cause
    ours = (run.variant, run.seed, run.files.get(MODEL))
    if (opened.variant, opened.seed, opened.model_sha256) != ours:
        raise DamagedError(f"{place}: damaged: it is of another run or model: remove it")
    with contextlib.suppress(LeftOutError):
        _predictions(store, run, opened)
    return opened


def read_opened_predictions(
    store: Store, run: RunRecord, classes: tuple[str, ...]
) -> Predictions | None:
    """Return what a run predicted when its test set was opened, None where it was not.

    Raises:
        LeftOutError: it was left out of this copy of the run.
        DamagedError: it is not what was written.
    """
    opened = read_opened(store, run)
    if opened is None:
        return None
    data = io.BytesIO(_predictions(store, run, opened))
    with np.load(data, allow_pickle=False) as arrays:
        return Predictions(
            probabilities=arrays["test_probabilities"],
            labels=arrays["test_labels"],
            indices=arrays["test_indices"],
            classes=classes,
        )


def _predictions(store: Store, run: RunRecord, opened: OpenedTest) -> bytes:
    name = f"{_folder(run)}/{PREDICTIONS}"
    data = store.read_study_bytes(name)
    if data is None and TEST_PREDICTIONS in store.left_out(run):
        raise LeftOutError(store.root / name)
    if data is None or hashlib.sha256(data).hexdigest() != opened.predictions_sha256:
        what = "missing" if data is None else "not those written (checksum differs)"
        raise DamagedError(f"{store.root / name}: damaged: the test predictions are {what}")
    return data


def _folder(run: RunRecord) -> str:
    return f"{run.variant}/{run.seed}/{FOLDER}"
