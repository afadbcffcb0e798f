"""From a table of predictions to its classes: confusion matrix, and each class's scores."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from versus.errors import DataError
from versus.evaluation.f1 import f1_by_class
from versus.evaluation.metrics import confusion_counts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

ANSWERS = ("predicted", "label", "correct")
"""The last columns of a table of predictions; those before them are the classes."""


def confusion_table(found: "pd.DataFrame") -> "pd.DataFrame":
    """Count how often each class was answered where each was true.

    Args:
        found: predictions, as `versus.predict` and `versus.run_predictions` return them.

    Returns:
        Counts, int64: a row a true class, a column a predicted one, named by the classes. Those of
        several runs may be added.

    Raises:
        DataError: `found` is no such table.

    Example:
        >>> versus.confusion_table(versus.predict(model, data))
    """
    import pandas as pd  # slow to import

    classes = classes_of(found)
    labels, predicted = found["label"].to_numpy(), found["predicted"].to_numpy()
    counts = confusion_counts(labels, predicted, len(classes))
    return pd.DataFrame(counts, pd.Index(classes, name="true"), pd.Index(classes, name="predicted"))


def class_report(confusion: "pd.DataFrame") -> "pd.DataFrame":
    """Return how well each class is told: precision, recall, F1 and its number of pictures.

    `versus.read_confusion(confusion, classes).sentence()` says which class is recognised worst.

    Args:
        confusion: of `versus.confusion_table`; may be a sum of runs.

    Returns:
        A row a class; columns precision, recall, f1 (0 to 1) and support (pictures). Where a ratio
        has nothing to divide by (a class never predicted has no precision, one without pictures
        no recall) it is 0, as scikit-learn's `classification_report(zero_division=0)` has it.

    Raises:
        DataError: it is no such table.

    Example:
        >>> versus.class_report(versus.confusion_table(found)).sort_values("f1")
    """
    import pandas as pd  # slow to import

    counts = _counts(confusion)
    right, true, said = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)
    columns = {
        "precision": right / np.maximum(said, 1),
        "recall": right / np.maximum(true, 1),
        "f1": f1_by_class(counts),
        "support": true,
    }
    return pd.DataFrame(columns, index=pd.Index(confusion.index, name="class"))


def draw_confusion(confusion: "pd.DataFrame", *, width: float = 4.5) -> "Figure":
    """Draw a confusion matrix: the errors carry the ink, right answers stand back.

    Args:
        confusion: of `versus.confusion_table`; may be a sum of runs.
        width: of the figure, in inches.

    Raises:
        DataError: it is no such table.

    Example:
        >>> versus.draw_confusion(versus.confusion_table(found)).savefig("confusion.png")
    """
    from versus.figures.confusion_matrix import confusion_matrix  # matplotlib is slow to import

    counts = _counts(confusion)
    return confusion_matrix(counts, [str(name) for name in confusion.index], width=width)


def classes_of(found: Any) -> list[str]:
    """Return the names of the classes in a table of predictions.

    Raises:
        DataError: it is no such table, or has no row.
    """
    columns = [str(column) for column in getattr(found, "columns", ())]
    if tuple(columns[-len(ANSWERS) :]) != ANSWERS or len(columns) < len(ANSWERS) + 2:
        raise DataError(
            "expected a table of predictions, as versus.predict and versus.run_predictions return "
            f"it: a column a class, then {', '.join(ANSWERS)}; got {_said(found, columns)}"
        )
    if not len(found):
        raise DataError("expected predictions of one picture or more; the table has no row")
    return columns[: -len(ANSWERS)]


def _counts(confusion: Any) -> npt.NDArray[np.int64]:
    """Return the counts of a confusion table.

    Raises:
        DataError: it is none.
    """
    columns = list(getattr(confusion, "columns", ()))
    counts = np.asarray(confusion)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] >= 2
    if not square or list(getattr(confusion, "index", ())) != columns or counts.dtype.kind != "i":
        raise DataError(
            "expected counts, a row and a column a class, as versus.confusion_table returns them; "
            f"got {_said(confusion, list(map(str, columns)))}"
        )
    if counts.min() < 0 or not counts.any():
        raise DataError("expected counts of 0 or more, and at least one picture")
    return counts


def _said(given: Any, columns: list[str]) -> str:
    """Return in a few words what came."""
    if not columns:
        return type(given).__name__
    shown = ", ".join(columns[:5])
    return f"columns {shown}{', ...' if len(columns) > 5 else ''}"
