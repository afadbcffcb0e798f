"""What a notebook shows of a study that was run: its question, its verdicts, and a small table."""

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

from versus.results.html_table import html_table

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "recipe": "recipe",
    "parameters": "parameters",
    "multiply_adds": "multiply-adds",
    "seconds": "training, s",
    "loss_mean": "loss",
    "loss_sd": "sd",
    "accuracy_mean": "accuracy",
    "accuracy_sd": "sd",
    "n": "runs",
}
"""Column of the frame: its head."""


def result_html(sentences: Iterable[str], table: "pd.DataFrame", split: str) -> str:
    """Return sentences and the table as HTML.

    Args:
        sentences: the question, then what was found.
        table: of `StudyResult.frame`.
        split: that loss and accuracy are of.
    """
    said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)
    rows = table.astype(object).reset_index().to_dict("records")
    cells = [[row["variant"], *(row[column] for column in _COLUMNS)] for row in rows]
    return said + html_table(("variant", *_COLUMNS.values()), cells, f"{split} pictures")
