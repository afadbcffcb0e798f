"""The examples on the pages of codes, as Subjects."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from versus.evaluation.metrics import summarise
from versus.evaluation.predictions import Predictions
from versus.lint.check import Checked, check_subject
from versus.lint.collect.model import collect_model
from versus.lint.collect.script import collect_script
from versus.lint.collect.study import collect_study
from versus.lint.subject import Run, Subject
from versus.results.record import RunConfig, RunRecord
from versus.training.recipe import Recipe

BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


def blocks(page: str) -> list[tuple[str, str]]:
    """The (kind, code) of each example on a page."""
    return [(kind, code) for _, kind, code in BLOCK.findall(page)]


def checked(kind: str, code: str, folder: Path) -> Checked:
    """What the lint finds in an example."""
    return check_subject(subject(kind, code, folder))


def subject(kind: str, code: str, folder: Path) -> Subject:
    if kind == "script":
        path = folder / "example.py"
        path.write_text(code)
        return collect_script(path)
    if kind == "record":
        return Subject("example", runs=(recorded(json.loads(code)),))
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "example", "exec"), names)
    if kind == "study":
        return collect_study(names["study"])
    if kind == "model":
        return collect_model(names["model"], names["images"])
    assert kind == "predictions"
    return Subject("example", runs=(predicted(names),))


def record(recipe: Mapping[str, Any] | None = None, **values: Any) -> RunRecord:
    """A run of the variant "net" with seed 0."""
    config = RunConfig(
        variant="net",
        model="net",
        builder_sha256="",
        architecture_sha256="",
        recipe=Recipe.from_dict(dict(recipe or {})).to_dict(),
        protocol={},
        data="made",
        data_fingerprint="",
        seed=0,
        versions={},
    )
    filled = {"status": "finished", "parameters": 1, "trainable": 1, "multiply_adds": 1}
    return RunRecord.from_dict({**filled, "config": config, **values})


def recorded(values: dict[str, Any]) -> Run:
    """A run with these curves, or one that failed."""
    if "failed" in values:
        return Run(record(status="failed", error=values["failed"]))
    n = values.get("validation_pictures", 1000)
    curves = {key: tuple(values[key]) for key in CURVES if key in values}
    return Run(record(values.get("recipe"), metrics={"validation": {"n": n}}), curves)


def predicted(names: dict[str, Any]) -> Run:
    """A run with these predictions, and the metrics of `recorded` labels, if they are others."""
    labels = np.asarray(names["labels"])
    classes = tuple(f"class {k}" for k in range(names["probabilities"].shape[1]))
    found = Predictions(names["probabilities"], labels, np.arange(len(labels)), classes)
    metrics = summarise(found)
    if "recorded" in names:
        table = np.zeros((len(classes), len(classes)), dtype=int)
        np.add.at(table, (labels, names["recorded"]), 1)
        metrics["confusion"] = table.tolist()
    return Run(record(metrics={"test": metrics}), {}, {"test": found})
