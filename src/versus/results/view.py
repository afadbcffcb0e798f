"""Reading the files of a run back: predictions and learning curves."""

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from versus.errors import LeftOutError, ResultsError
from versus.evaluation.predictions import Predictions
from versus.results.contract import Store
from versus.results.opening import read_opened_predictions
from versus.results.record import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def read_predictions(
    store: Store, record: RunRecord, split: str, classes: tuple[str, ...]
) -> Predictions:
    """Return what a run predicted on "validation" or "test", also where test was opened later.

    Raises:
        LeftOutError: the file was left out of this copy of the run.
        ResultsError: it is missing or was changed, or the run never predicted that split.
    """
    name = "predictions.npz"
    with np.load(io.BytesIO(store.read_file(record, name)), allow_pickle=False) as arrays:
        if f"{split}_labels" not in arrays:
            opened = read_opened_predictions(store, record, classes) if split == "test" else None
            if opened is not None:
                return opened
            raise ResultsError(
                f"{store.run_folder(record.variant, record.seed) / name}: no predictions of {split}"
            )
        return Predictions(
            probabilities=arrays[f"{split}_probabilities"],
            labels=arrays[f"{split}_labels"],
            indices=arrays[f"{split}_indices"],
            classes=classes,
        )


def kept_predictions(
    store: Store, record: RunRecord, split: str, classes: tuple[str, ...]
) -> Predictions | None:
    """Return the same, None where they were left out of this copy of the run.

    Raises:
        ResultsError: the file is missing or was changed, or the run never predicted that split.
    """
    try:
        return read_predictions(store, record, split, classes)
    except LeftOutError:
        return None


def read_history(store: Store, record: RunRecord) -> "pd.DataFrame":
    """Return the learning curve of a run: one row an epoch, counted from 1; one column a key.

    Raises:
        ResultsError: the file is missing or was changed.
    """
    import pandas as pd  # slow to import

    text = store.read_file(record, "history.csv").decode()
    # Python's own float() gives back the very bits that were written; pandas' parser need not.
    rows = [
        {key: float(value) for key, value in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]
    table = pd.DataFrame(rows)
    return table.astype({"epoch": int}).set_index("epoch")
