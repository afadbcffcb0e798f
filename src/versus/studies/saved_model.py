"""The data and the trained model of a run, found again from its record."""

import tempfile
from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.data import catalogue
from versus.data.dataset import Dataset
from versus.errors import MismatchError, ModelError
from versus.filesystem.atomic import write_file
from versus.results.contract import MODEL, Store
from versus.results.record import RunRecord
from versus.results.study_record import StudyRecord


def load_data(study: StudyRecord, data: Dataset | str | None) -> Dataset:
    """Return the data set of a study.

    Args:
        study: whose.
        data: a Dataset; the name or path of one, read as the study's record says; None for what
            the record names.

    Raises:
        MismatchError: it is not the one that the study ran on.
        DataError: it cannot be read.
    """
    reading = study.data.reading
    if isinstance(data, str):
        moved = None if reading is None else reading.model_copy(update={"path": data})
        data = catalogue.load_recorded(data, moved)
    data = data or catalogue.load_recorded(study.data.name, reading)
    if data.fingerprint != study.data.fingerprint:
        raise MismatchError(
            f"the data set '{data.name}' is not the study's: expected {study.data.fingerprint[:19]}"
            f"..., got {data.fingerprint[:19]}...: give the one that it ran on, with --data"
        )
    return data


def load_saved_model(store: Store, run: RunRecord) -> keras.Model:
    """Return the model of a run from its file, held against its checksum.

    Raises:
        DamagedError: the file is missing or was changed.
        ModelError: Keras cannot load it, as where its own layers are not known.
    """
    content = store.read_file(run, MODEL)
    path = store.run_folder(run.variant, run.seed) / MODEL
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / MODEL
        write_file(copy, content)
        try:
            model: Any = keras.saving.load_model(copy, compile=False)
        except Exception as cause:
            message = str(cause).strip().splitlines()[0]
            raise ModelError(
                f"{path}: cannot be loaded: {message}: a layer of your own must be registered with "
                "keras.saving.register_keras_serializable; name its file with --study"
            ) from cause
    return model
