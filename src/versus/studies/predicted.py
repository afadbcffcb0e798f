"""What a finished run said of each picture, as a table."""

from pathlib import Path
from typing import TYPE_CHECKING

from versus.errors import ResultsError, UnknownNameError
from versus.results.view import read_predictions
from versus.studies.result import StudyResult, read_result

if TYPE_CHECKING:
    import pandas as pd


def run_predictions(
    result: StudyResult | Path | str, variant: str, seed: int | None = None
) -> "pd.DataFrame":
    """Return what a finished run said of each picture that it is judged on.

    Args:
        result: of the study, or the folder of its results.
        variant: name of the run's variant.
        seed: of the run; the first that has finished where None.

    Returns:
        The table that `versus.predict` returns of a model. Its index is of rows of test; while
        test is sealed, of the split that validation pictures were taken from.

    Raises:
        UnknownNameError: the study has no such variant.
        ResultsError: there is no such finished run, or its predictions are missing or changed.

    Example:
        >>> found = versus.run_predictions("versus-runs/overfitting", "lab", seed=0)
        >>> int(found["correct"].sum())
    """
    found = result if isinstance(result, StudyResult) else read_result(result)
    names = [each.name for each in found.study.variants]
    if variant not in names:
        raise UnknownNameError("variant", variant, names)
    finished = found.finished(variant)
    record = next((r for r in finished if seed is None or r.seed == seed), None)
    if record is None:
        seeds = ", ".join(str(r.seed) for r in finished) or "none"
        which = "" if seed is None else f" of seed {seed}"
        raise ResultsError(
            f"{found.folder}: variant '{variant}' has no finished run{which}; finished seeds: "
            f"{seeds}"
        )
    classes = tuple(found.study.data.classes)
    split = "test" if "test" in record.metrics else "validation"
    return read_predictions(found.store, record, split, classes).frame()
