"""Pictures with what was said of them: a grid of right or of wrong answers."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DataError, UnknownNameError
from versus.evaluation.class_tables import classes_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_PICTURES = 400
"""More in one figure would take it seconds, and be seen by nobody."""


def draw_pictures(
    found: "pd.DataFrame",
    data: Dataset,
    *,
    right: bool,
    rows: int = 3,
    columns: int = 3,
    split: str = "test",
) -> "Figure":
    """Draw pictures classified rightly, or wrongly: under each its class, and what was said.

    The first ones of the table; sort it for others: by `found[...].max(axis=1)`, say, how sure
    the answer was.

    Args:
        found: predictions, as `versus.predict` and `versus.run_predictions` return them.
        data: that they were made of.
        right: whether to show right answers, or wrong ones.
        rows: of the grid.
        columns: of the grid.
        split: that the pictures are of.

    Raises:
        DataError: `found` is no such table, or is of other pictures; these are neither grey nor
            RGB.
        ConfigurationError: the grid has no picture, or too many.
        UnknownNameError: there is no such split.

    Example:
        >>> found = versus.predict(model, data)
        >>> versus.draw_pictures(found, data, right=False).savefig("wrong.png")
    """
    # matplotlib is slow to import.
    from versus.figures.labelled_pictures import labelled_pictures
    from versus.figures.style import new_figure

    if min(rows, columns) < 1 or rows * columns > MOST_PICTURES:
        raise ConfigurationError(
            f"expected 1 to {MOST_PICTURES} pictures; got {rows} rows of {columns}"
        )
    images = _images(found, data, split)
    shown = np.flatnonzero(found["correct"].to_numpy() == right)
    title = (
        f"{data.name}, {split}: {len(shown):,} of {len(found):,} {'right' if right else 'wrong'}"
    )
    chosen = shown[: rows * columns]
    if not len(chosen):
        figure = new_figure(4, 0.6)
        figure.suptitle(title, parse_math=False)
        return figure
    captions = [_caption(found, int(row)) for row in chosen]
    groups = [[images[index]] for index in found.index.to_numpy()[chosen]]
    return labelled_pictures(groups, captions, title, columns)


def _images(found: "pd.DataFrame", data: Dataset, split: str) -> npt.NDArray[np.uint8]:
    """Return the pictures of a split, of which `found` must be predictions."""
    classes_of(found)
    if split not in data.splits:
        raise UnknownNameError("split", split, data.splits)
    pictures, indices = data.splits[split], found.index.to_numpy()
    there = indices.dtype.kind in "iu" and indices.min() >= 0 and indices.max() < len(pictures)
    if not there or not np.array_equal(pictures.labels[indices], found["label"].to_numpy()):
        raise DataError(
            f"these predictions are not of {data.name}, {split}: its labels are others; give the "
            "data they were made of, and their split"
        )
    if data.input_shape[2] not in (1, 3):
        raise DataError(
            f"{data.name}: only grey and RGB pictures can be drawn; these have "
            f"{data.input_shape[2]} channels"
        )
    return pictures.images


def _caption(found: "pd.DataFrame", row: int) -> str:
    """Return the class of a picture and, below, what was said and how surely: in short lines."""
    classes = classes_of(found)
    said, label = (int(found[key].iloc[row]) for key in ("predicted", "label"))
    sure = float(found[classes[said]].iloc[row])
    percent = ">99" if 0.995 <= sure < 1 else f"{100 * sure:.0f}"
    answer = "right, " if said == label else f"as {classes[said]}\n"
    return f"{classes[label]}\n{answer}{percent}\u00a0%"
