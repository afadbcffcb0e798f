"""Studies made by hand, as runs would have left them: no training, no Keras."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from versus.data.dataset import Dataset
from versus.evaluation.metrics import summarise
from versus.evaluation.predictions import Predictions
from versus.results.record import RunConfig, RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import DataRecord, StudyRecord, VariantRecord
from versus.studies.pictures import NAME, wrong_pictures
from versus.studies.protocol import Protocol
from versus.studies.result import StudyResult, read_result

PICTURES = 60


def make_data(classes: Sequence[str], channels: int = 1, size: int = 8) -> Dataset:
    rng = np.random.default_rng(0)
    labels = np.arange(PICTURES) % len(classes)
    images = rng.integers(0, 256, size=(PICTURES, size, size, channels), dtype=np.uint8)
    return Dataset.from_arrays((images, labels), (images, labels), name="hand", classes=classes)


def make_predictions(data: Dataset, errors: int, seed: int, shift: int) -> Predictions:
    """Every picture is right but `errors` of them, which are taken for the next class."""
    rng = np.random.default_rng([seed, shift])
    labels, k = np.asarray(data.test.labels), len(data.classes)
    said = labels.copy()
    wrong = rng.permutation(len(labels))[:errors]
    said[wrong] = (labels[wrong] + 1) % k
    sure = rng.uniform(0.55, 0.99, size=len(labels))
    probabilities = np.repeat(((1 - sure) / (k - 1))[:, None], k, axis=1)
    probabilities[np.arange(len(labels)), said] = sure
    return Predictions(
        probabilities.astype(np.float32), labels, np.arange(len(labels)), data.classes
    )


def make_history(epochs: int, errors: int) -> bytes:
    lines = ["epoch,accuracy,loss,val_accuracy,val_loss"]
    for epoch in range(1, epochs + 1):
        gone = 0.5**epoch
        lines.append(
            f"{epoch},{1 - gone},{2 * gone + 0.01},{1 - gone - errors / 300},{2 * gone + 0.05}"
        )
    return ("\n".join(lines) + "\n").encode()


class StudyFolder:
    """Writes a study into `folder`, run by run."""

    def __init__(self, folder: Path) -> None:
        self.store = DirectoryStore(folder)

    def make(
        self,
        errors: dict[str, Sequence[int | None]],
        *,
        classes: Sequence[str] = ("cat", "dog", "hen"),
        channels: int = 1,
        failed: dict[tuple[str, int], str] | None = None,
        sealed: bool = False,
        **changes: object,
    ) -> StudyResult:
        """Return the result of a study.

        Args:
            errors: by variant, how many of the 60 pictures each seed gets wrong; None is no run.
            classes: names.
            channels: of a picture.
            failed: why runs failed, by variant and seed.
            sealed: test is.
            changes: of fields of the StudyRecord.
        """
        data = make_data(classes, channels)
        protocol = Protocol(test="sealed" if sealed else "open")
        if sealed:
            data = Dataset(data.name, data.classes, data.train, data.test, validation=data.test)
        seeds = list(range(max(len(column) for column in errors.values())))
        study = self._study(data, list(errors), seeds, protocol, changes)
        self.store.write_study(study)
        for place, (name, column) in enumerate(errors.items()):
            for seed, number in enumerate(column):
                if number is not None:
                    self._finished(study, name, seed, make_predictions(data, number, seed, place))
        for (name, seed), error in (failed or {}).items():
            record = self._record(study, name, seed, status="failed", error=error)
            self.store.write(record, {"log.txt": error.encode()})
        result = read_result(self.store.root)
        finished = [record for record in result.records if record.status == "finished"]
        if finished:
            content = wrong_pictures(self.store, finished, data)
            self.store.write_study_file(NAME, content)
        return result

    def _study(
        self, data: Dataset, names: list[str], seeds: list[int], protocol: Protocol, changes: dict
    ) -> StudyRecord:
        values = {
            "name": "by-hand",
            "question": "Which is better?",
            "source": "Nowhere.",
            "endpoint": "accuracy",
            "margin": None,
            "seeds": seeds,
            "variants": [
                VariantRecord(name=name, model=name, recipe={"loss": "cce"}, recipe_text="adam")
                for name in names
            ],
            "data": DataRecord(
                name=data.name,
                fingerprint="sha256:" + 64 * "0",
                classes=list(data.classes),
                shape=data.input_shape,
                counts={split: len(part) for split, part in data.splits.items()},
                source="made by hand",
            ),
            "protocol": protocol.to_dict(),
            "protocol_text": "Validation is test.",
            "command": "versus run by-hand",
        }
        return StudyRecord.from_dict({**values, **changes})

    def _record(self, study: StudyRecord, name: str, seed: int, **values: object) -> RunRecord:
        config = RunConfig(
            variant=name,
            model=name,
            builder_sha256="",
            architecture_sha256="",
            recipe={},
            protocol=study.protocol,
            data=study.data.name,
            data_fingerprint=study.data.fingerprint,
            seed=seed,
            versions={},
        )
        costs = {"parameters": 443_610, "trainable": 443_000, "multiply_adds": 1_234_567}
        started = f"2025-11-21T06:58:{seed:02d}+00:00"
        return RunRecord.from_dict({"config": config, "started": started, **costs, **values})

    def _finished(self, study: StudyRecord, name: str, seed: int, found: Predictions) -> None:
        split = "validation" if study.protocol["test"] == "sealed" else "test"
        metrics = summarise(found)
        record = self._record(
            study,
            name,
            seed,
            status="finished",
            epochs=4,
            seconds=61.5 + seed,
            metrics={split: {"loss": metrics["nll"], **metrics}},
        )
        buffer = io.BytesIO()
        parts = ("probabilities", "labels", "indices")
        np.savez(buffer, **{f"{split}_{part}": getattr(found, part) for part in parts})
        environment = {"processor": "A chip", "threads": 1, "libraries": {"keras": "3.15.0"}}
        files = {
            "history.csv": make_history(4, metrics["n"] - metrics["correct"]),
            "predictions.npz": buffer.getvalue(),
            "environment.json": json.dumps(environment).encode(),
        }
        self.store.write(record, files)


@pytest.fixture
def study_folder(tmp_path) -> StudyFolder:
    """A folder to make one study in."""
    return StudyFolder(tmp_path / "by-hand")
