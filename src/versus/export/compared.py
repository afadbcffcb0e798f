"""The pictures on which a bundle is held against its run: recorded ones first."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus.backend import keras
from versus.data.dataset import Dataset, Split
from versus.evaluation.predict import measure
from versus.evaluation.predictions import Predictions
from versus.results.record import RunRecord
from versus.results.view import read_predictions
from versus.studies.protocol import Partition, Protocol
from versus.studies.result import StudyResult
from versus.training.recipe import Recipe

FEWEST = 1000
"""Pictures of a proof, where the data set has so many."""


@dataclass(frozen=True)
class Compared:
    """Pictures of one split, with the probabilities that the ONNX model must give.

    Attributes:
        split: "test", "validation" or "train".
        images: uint8 `[n, height, width, channels]`.
        expected: what the run recorded, or the Keras model gives now.
        recorded: which of the two.
    """

    split: str
    images: npt.NDArray[np.uint8]
    expected: Predictions
    recorded: bool


def pictures_to_compare(
    result: StudyResult, record: RunRecord, data: Dataset, model: keras.Model
) -> list[Compared]:
    """Return every picture whose probabilities were recorded, and others up to 1,000.

    Test pictures are among them only where the run was tested: a sealed test set stays shut.
    """
    parts = Protocol.from_dict(result.study.protocol).split(data, record.seed)
    of = {"test": data.test.images, "validation": parts.validation.images}
    found: list[Compared] = []
    for split, images in of.items():
        if split in record.metrics:
            expected = read_predictions(result.store, record, split, data.classes)
            found.append(Compared(split, images, expected, recorded=True))
    lacking = FEWEST - sum(len(each.images) for each in found)
    if lacking > 0:
        found.append(_computed(parts, lacking, data.classes, model, record))
    return found


def _computed(
    parts: Partition, count: int, classes: tuple[str, ...], model: keras.Model, record: RunRecord
) -> Compared:
    """Return training pictures with what the Keras model gives for them now."""
    some = Split(parts.train.images[:count], parts.train.labels[:count])
    expected = measure(model, some, classes, Recipe.from_dict(record.config.recipe)).predictions
    return Compared("train", some.images, expected, recorded=False)
