"""Explaining a run: its model is loaded, held against its record, and asked what it looks at."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import threads
from versus.data.dataset import Dataset, Split
from versus.errors import MismatchError, ResultsError
from versus.evaluation.predict import measure
from versus.explain.chosen import EACH, chosen_rows
from versus.explain.flat import flattened
from versus.explain.inside import feature_maps, first_filters, gradcam
from versus.explain.occlusion import occlusion
from versus.explain.record import Explanation, write_explanation
from versus.models.diagram import boxes
from versus.results.contract import MODEL, Store
from versus.results.record import RunRecord
from versus.results.view import read_predictions
from versus.studies.result import StudyResult
from versus.studies.saved_model import load_data, load_saved_model
from versus.training.recipe import Recipe

TOLERANCE = 1e-4
"""How far a probability may be from the recorded one: another processor sums in another order."""


def explain_run(
    result: StudyResult,
    variant: str,
    seed: int,
    data: Dataset | str | None = None,
    *,
    each: int = EACH,
) -> Path:
    """Record what the model of a run looks at, and return the file.

    Args:
        result: of `read_result`.
        variant: name of the run's variant.
        seed: of the run.
        data: the study's, or a name or path, read as its record says; None for what that names.
        each: how many wrong pictures at most, and how many right ones.

    Raises:
        MismatchError: the data are not those of the study, or the model does not give what its
            run recorded.
        ModelError: the model cannot be loaded.
        ResultsError: there is no such finished run, or a file of it is damaged.
    """
    record = find_run(result, variant, seed)
    data = load_data(result.study, data)
    split = data.test if result.judged_on == "test" else data.validation or data.train
    recorded = read_predictions(result.store, record, result.judged_on, data.classes)
    rows = chosen_rows(recorded, each)
    part = split.take(recorded.indices[rows])
    with threads(record.config.protocol.get("threads", 1)):
        model: Any = load_saved_model(result.store, record)
        recipe = Recipe.from_dict(record.config.recipe)
        probabilities = measure(model, part, data.classes, recipe).predictions.probabilities
        _check_reproduces(result.store, record, probabilities, recorded.probabilities[rows])

        def predict(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            several = Split(images, np.zeros(len(images), dtype=np.int64))
            return measure(model, several, data.classes, recipe).predictions.probabilities

        found = _explained(model, part, probabilities, predict, _fill(split))
    words = {"split": result.judged_on, "indices": recorded.indices[rows]}
    return write_explanation(result.store, record, Explanation(**words, **found))


def find_run(result: StudyResult, variant: str, seed: int) -> RunRecord:
    """Return the record of a finished run.

    Raises:
        ResultsError: there is none.
    """
    record = next((r for r in result.finished(variant) if r.seed == seed), None)
    if record is None:
        there = [f"{r.variant}/{r.seed}" for r in result.records if r.status == "finished"]
        raise ResultsError(
            f"{result.store.run_folder(variant, seed)}: expected a finished run of the study "
            f"'{result.study.name}'; those are {', '.join(there) or 'none'}"
        )
    return record


def _explained(
    model: Any,
    part: Split,
    probabilities: npt.NDArray[np.float32],
    predict: Any,
    fill: npt.NDArray[np.uint8],
) -> dict[str, Any]:
    """Return the fields of an Explanation that are about the model and these pictures."""
    images, labels = np.asarray(part.images), np.asarray(part.labels)
    answers = probabilities.argmax(axis=1)
    shape = tuple(images.shape[1:])
    filters = first_filters(model, shape)  # pyright: ignore[reportArgumentType]
    layers = [asdict(box) for box in boxes(model)]
    right = np.flatnonzero(answers == labels)
    shown = int(right[0]) if len(right) else 0
    inside = flattened(model)
    maps = feature_maps(inside, images[shown])
    covered = [occlusion(i, int(a), predict, fill) for i, a in zip(images, answers, strict=True)]
    seen = gradcam(inside, images, answers)  # last: it takes the model's softmax off
    return {
        "layers": layers,
        "images": images,
        "labels": labels.astype(np.int64),
        "probabilities": probabilities,
        "filters": filters[1] if filters else None,
        "filters_of": filters[0] if filters else "",
        "maps": {name: array for name, (array, _) in maps.items()},
        "map_channels": {name: channels for name, (_, channels) in maps.items()},
        "map_of": shown if maps else None,
        "occlusion": np.stack(covered),
        "gradcam": seen[1] if seen else None,
        "gradcam_of": seen[0] if seen else "",
    }


def _fill(split: Split) -> npt.NDArray[np.uint8]:
    """Return the mean colour of the split's first thousand pictures, uint8 `[c]`."""
    some = np.asarray(split.images[:1000], dtype=np.float64)
    return np.rint(some.mean(axis=(0, 1, 2))).astype(np.uint8)


def _check_reproduces(store: Store, record: RunRecord, now: Any, before: Any) -> None:
    """Raise MismatchError unless the saved model gives what its run recorded."""
    apart = float(np.abs(now - before).max())
    if apart > TOLERANCE:
        raise MismatchError(
            f"{store.run_folder(record.variant, record.seed) / MODEL}: the saved model does not "
            f"give the probabilities that its run recorded (they differ by up to {apart:.2g}; at "
            f"most {TOLERANCE:g} is expected): nothing was explained"
        )
