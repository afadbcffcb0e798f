"""versus: which of these image classifiers is better, and by how much?

The front door. Layers, lowest first; a module imports only lower ones:

    errors, device, seeding, schema, backend, figures, filesystem
    data, models
    training
    evaluation
    results
    studies, bundles
    library, lint, explain
    reports, export, serving
    cli

Nothing heavy is imported until it is used.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from versus.device import prepare

if TYPE_CHECKING:
    from versus.data.catalogue import load
    from versus.data.dataset import Dataset
    from versus.errors import VersusError
    from versus.evaluation.class_tables import class_report, confusion_table, draw_confusion
    from versus.evaluation.predict import evaluate, predict
    from versus.evaluation.reading import read_confusion
    from versus.evaluation.shown import draw_pictures
    from versus.library.catalogue import find_study
    from versus.lint.check import check
    from versus.models.branches import two_inputs, two_outputs
    from versus.models.build import build
    from versus.models.cutting import cut
    from versus.models.diagram import draw_model
    from versus.models.estimator import support_vector_machine
    from versus.models.transfer import transfer
    from versus.models.windowed import draw_windows
    from versus.reports.page import write_report
    from versus.studies.opening import open_test
    from versus.studies.predicted import run_predictions
    from versus.studies.protocol import Protocol
    from versus.studies.result import StudyResult, read_result
    from versus.studies.study import Study, Variant
    from versus.training.checkpoint import Checkpoint
    from versus.training.fit import fit
    from versus.training.history import History
    from versus.training.layer_group import LayerGroup
    from versus.training.recipe import EarlyStopping, Recipe, Schedule

# Keras reads this once, when it is first imported; see versus.backend.
if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "torch"
    prepare()

# Threads of OpenMP wait for each other some forty times a training step. Left to itself libgomp
# spins there for milliseconds, and one other busy process makes a step fifty times slower; see
# docs/decisions/0010-engine-speed.md. Read once, when torch is first imported.
if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
    os.environ["GOMP_SPINCOUNT"] = "10000"

# pandas imports Arrow where it is installed, whose allocator then keeps a thread of its own; a
# process with threads is not forked, and starting its runs takes longer.
os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")

__version__ = "0.1.0"

__all__ = [
    "Checkpoint",
    "Dataset",
    "EarlyStopping",
    "History",
    "LayerGroup",
    "Protocol",
    "Recipe",
    "Schedule",
    "Study",
    "StudyResult",
    "Variant",
    "VersusError",
    "build",
    "check",
    "class_report",
    "confusion_table",
    "cut",
    "draw_confusion",
    "draw_model",
    "draw_pictures",
    "draw_windows",
    "evaluate",
    "find_study",
    "fit",
    "load",
    "open_test",
    "predict",
    "read_confusion",
    "read_result",
    "run_predictions",
    "support_vector_machine",
    "transfer",
    "two_inputs",
    "two_outputs",
    "write_report",
]

_HOME = {
    "Checkpoint": "versus.training.checkpoint",
    "Dataset": "versus.data.dataset",
    "EarlyStopping": "versus.training.recipe",
    "History": "versus.training.history",
    "LayerGroup": "versus.training.layer_group",
    "Protocol": "versus.studies.protocol",
    "Recipe": "versus.training.recipe",
    "Schedule": "versus.training.recipe",
    "Study": "versus.studies.study",
    "StudyResult": "versus.studies.result",
    "Variant": "versus.studies.study",
    "VersusError": "versus.errors",
    "build": "versus.models.build",
    "check": "versus.lint.check",
    "class_report": "versus.evaluation.class_tables",
    "confusion_table": "versus.evaluation.class_tables",
    "cut": "versus.models.cutting",
    "draw_confusion": "versus.evaluation.class_tables",
    "draw_model": "versus.models.diagram",
    "draw_pictures": "versus.evaluation.shown",
    "draw_windows": "versus.models.windowed",
    "evaluate": "versus.evaluation.predict",
    "find_study": "versus.library.catalogue",
    "fit": "versus.training.fit",
    "load": "versus.data.catalogue",
    "open_test": "versus.studies.opening",
    "predict": "versus.evaluation.predict",
    "read_confusion": "versus.evaluation.reading",
    "read_result": "versus.studies.result",
    "run_predictions": "versus.studies.predicted",
    "support_vector_machine": "versus.models.estimator",
    "transfer": "versus.models.transfer",
    "two_inputs": "versus.models.branches",
    "two_outputs": "versus.models.branches",
    "write_report": "versus.reports.page",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: Keras and torch take seconds."""
    if name not in _HOME:
        raise AttributeError(f"module 'versus' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
