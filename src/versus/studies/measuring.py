"""What a run is measured on, and how: the same for a run and for a test set opened later."""

from collections.abc import Mapping
from typing import Any

from versus.backend import keras
from versus.data.dataset import Dataset
from versus.evaluation.metrics import summarise_splits
from versus.evaluation.predict import Measured, measure
from versus.studies.protocol import Partition, Protocol
from versus.training.recipe import Recipe


def measure_splits(
    model: keras.Model, recipe: Recipe, data: Dataset, parts: Partition, protocol: Protocol
) -> dict[str, Measured]:
    """Measure the validation pictures, and the test pictures unless they are sealed."""
    rows = parts.validation_indices
    found = {"validation": measure(model, parts.validation, data.classes, recipe, indices=rows)}
    if protocol.validates_on_test:
        found["test"] = found["validation"]
    elif protocol.test == "open":
        found["test"] = measure(model, data.test, data.classes, recipe)
    return found


def split_metrics(found: Mapping[str, Measured]) -> dict[str, dict[str, Any]]:
    """Return the metrics of each split by name, "validation" and perhaps "test"."""
    test = found["test"].predictions if "test" in found else None
    summaries = summarise_splits(found["validation"].predictions, test)
    return {split: {"loss": m.loss, **summaries[split]} for split, m in found.items()}
