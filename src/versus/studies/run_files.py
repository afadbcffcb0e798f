"""The files of a run beside its record, as bytes."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from versus.backend import card_name, device_name, keras
from versus.data.dataset import Dataset
from versus.evaluation.predict import Measured
from versus.results.encoding import json_bytes, npz_bytes
from versus.results.environment import describe_environment
from versus.studies.plan import PlannedRun
from versus.studies.protocol import Partition

Files = dict[str, bytes]


def circumstances(run: PlannedRun, data: Dataset, parts: Partition) -> Files:
    """Return what says how a run was made: of what, on which machine, from which pictures."""
    return {
        "config.json": json_bytes(run.config.to_dict()),
        "environment.json": json_bytes(
            describe_environment(run.protocol.threads, device_name(), card_name())
        ),
        "data.json": json_bytes(_describe_data(data, len(parts.validation))),
    }


def pack_predictions(found: Mapping[str, Measured]) -> bytes:
    """Return the `.npz` of probabilities, labels and indices of each split."""
    arrays = {
        f"{split}_{part}": getattr(measured.predictions, part)
        for split, measured in found.items()
        for part in ("probabilities", "labels", "indices")
    }
    return npz_bytes(**arrays)


def saved(model: keras.Model) -> bytes:
    """Return the `.keras` file of `model`; Keras itself writes to paths only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _describe_data(data: Dataset, validation_count: int) -> dict[str, Any]:
    return {
        "name": data.name,
        "source": data.source,
        "fingerprint": data.fingerprint,
        "classes": list(data.classes),
        "shape": list(data.input_shape),
        "counts": {name: len(split) for name, split in data.splits.items()},
        "validation_count": validation_count,
        **({"preparation": data.preparation.to_dict()} if data.preparation else {}),
        **({"reading": data.reading.to_dict()} if data.reading else {}),
    }
