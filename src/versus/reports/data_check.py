"""What was found about a study's pictures before it was run, where a run kept that."""

from dataclasses import dataclass

from versus.data.inspection.inspection import Warned
from versus.results.data_check import read_data_check
from versus.studies.result import StudyResult


@dataclass(frozen=True)
class DataCheck:
    """What was looked for and what was found; `findings` is empty where nothing was amiss."""

    looked: str
    findings: tuple[Warned, ...]


def data_check(result: StudyResult) -> DataCheck | None:
    """Return what was found about the pictures; None where nobody looked."""
    found = read_data_check(result.store)
    if found is None:
        return None
    within = "between splits and within them" if found.looked == "all" else "between splits"
    looked = (
        f"Looked for: equal and near-equal pictures {within}, small classes, and pictures that "
        "are blank, inverted or off-centre"
    )
    return DataCheck(looked, tuple(found.warnings()))
