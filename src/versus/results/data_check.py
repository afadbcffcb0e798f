"""What was found about a study's pictures before it was run, kept with the study."""

from versus.data.inspection.inspection import Inspection
from versus.errors import VersusError
from versus.results.study_files import StudyFiles

NAME = "data-check.json"
"""DIR/data-check.json."""


def keep_data_check(store: StudyFiles, found: Inspection) -> None:
    """Write DIR/data-check.json, unless it says the same already."""
    if read_data_check(store) != found:
        store.write_study_file(NAME, found.to_dict())


def read_data_check(store: StudyFiles) -> Inspection | None:
    """Return what was found about the study's pictures; no data set is needed.

    None where the study was run by a version that did not look, or by one that looked otherwise.
    """
    try:
        return Inspection.from_dict(store.read_study_file(NAME))
    except VersusError:
        return None
