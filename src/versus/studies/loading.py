"""A study from a Python file: the file's variable `study`."""

from pathlib import Path

from versus.errors import StudyError
from versus.models.builder import load_module
from versus.studies.study import Study


def load_study_file(path: Path) -> Study:
    """Run a Python file and return its `study`.

    Raises:
        StudyError: the file is missing, raises (the message says at which line), or has no
            `study` that is a Study.
    """
    study = getattr(load_module(path, StudyError), "study", None)
    if not isinstance(study, Study):
        came = "none" if study is None else type(study).__name__
        raise StudyError(f"{path}: expected a variable `study` holding a versus.Study; got {came}")
    return study
