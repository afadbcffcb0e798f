"""Arrays as labels: numbers, one-hot rows or names."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.sources.found import RawLabels
from versus.data.sources.npy import ArrayFile
from versus.errors import DataError


def labels_of(file: ArrayFile, count: int, pictures: str) -> RawLabels:
    """Return an array's labels: int64 `[n]`, or names.

    Args:
        file: of labels `[n]`, `[n, 1]`, or one-hot `[n, classes]`.
        count: of pictures.
        pictures: where they are, for messages.

    Raises:
        DataError: counts differ, or these are no labels; the message names the row.
    """
    shape = file.shape
    if not shape or shape[0] != count:
        raise DataError(
            f"{pictures} holds {count:,} pictures but {file.where} holds "
            f"{shape[0] if shape else 1:,} labels: expected as many: check that the two match"
        )
    values = file.whole()
    if values.ndim == 2 and values.shape[1] > 1:
        return _from_one_hot(values, file.where)
    if values.ndim > 2 or (values.ndim == 2 and values.shape[1] != 1):
        raise DataError(
            f"{file.where}: an array of shape {shape}: expected labels as [n]: check that pictures "
            "and labels have not changed places"
        )
    return as_labels(values.reshape(count), file.where)


def as_labels(values: npt.NDArray[Any], where: str) -> RawLabels:
    """Return values `[n]` of any type as int64 or names.

    Raises:
        DataError: a value is fractional, missing or of a type that labels cannot have.
    """
    kind = values.dtype.kind
    if kind in "US":
        names = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values]
        if "" in names:
            raise DataError(
                f"{where}: no label at row {names.index('')}: expected one a picture: fill it in, "
                "or leave the picture out"
            )
        return names
    if kind == "f":
        wrong = np.flatnonzero(~(np.isfinite(values) & (values == np.floor(values))))
        if wrong.size:
            row = int(wrong[0])
            raise DataError(
                f"{where}: label {values[row]} at row {row}: expected whole numbers or names: give "
                "the number of a class for each picture"
            )
    elif kind not in "iub":
        raise DataError(f"{where}: labels as {values.dtype}: expected whole numbers or names")
    return values.astype(np.int64)


def _from_one_hot(values: npt.NDArray[Any], where: str) -> RawLabels:
    wrong = np.flatnonzero((values.sum(axis=1) != 1) | ((values != 0) & (values != 1)).any(axis=1))
    if wrong.size:
        raise DataError(
            f"{where}: row {int(wrong[0])} of an array of shape {values.shape} is no one-hot "
            "label: expected a 1 at the class and 0 elsewhere, or labels as [n]"
        )
    return values.argmax(axis=1).astype(np.int64)
