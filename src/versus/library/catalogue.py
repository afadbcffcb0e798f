"""What a user calls a STUDY: the name of a built-in one, or a Python file."""

import importlib
from pathlib import Path

from versus.errors import UnknownNameError
from versus.studies.loading import load_study_file
from versus.studies.study import Study

STUDIES = {
    "quickstart": "versus.library.quickstart",
    **{
        name: f"versus.library.{name.replace('-', '_')}"
        for name in (
            *("fc-vs-cnn", "fc-vs-cnn-corrected", "pool-vs-stride"),
            *("kernel-sizes", "kernel-size-controlled"),
            *("filter-grid", "dropout-or-not", "augmentation-or-not", "flatten-or-pool"),
            "transfer-learning",
            *("cnn-vs-resnet", "resnet-depth", "resnet-schedule"),
            *("overfitting", "svm-vs-cnn", "svm-baseline"),
        )
    },
}


def find_study(reference: str) -> Study:
    """Return the study called `reference`, or the one in the file `reference`.

    Raises:
        UnknownNameError: no built-in study has this name.
        StudyError: the file cannot be read, or raises.
    """
    if reference in STUDIES:
        return importlib.import_module(STUDIES[reference]).study
    if reference.endswith(".py"):
        return load_study_file(Path(reference))
    hint = "a STUDY may also be a file.py"
    raise UnknownNameError("study", reference, STUDIES, hint, see="versus study list")
