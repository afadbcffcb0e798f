"""Taking validation pictures out of a train split, as index arrays."""

import numpy as np
import numpy.typing as npt

from versus.errors import DataError

Indices = npt.NDArray[np.int64]


def tail(count: int, fraction: float) -> tuple[Indices, Indices]:
    """Split rows 0 to `count` - 1 into the first part and the last, unshuffled.

    Cut where Keras's `validation_split` cuts: at int(count * (1 - fraction)).

    Args:
        count: how many rows there are.
        fraction: the share of the last part, above 0 and below 1.

    Returns:
        (train, validation), int64 row numbers in rising order.

    Raises:
        DataError: one of the two would be empty.
    """
    cut = int(count * (1 - fraction))
    _check_parts(cut, count - cut, fraction)
    rows = np.arange(count, dtype=np.int64)
    return rows[:cut], rows[cut:]


def stratified(
    labels: npt.NDArray[np.int64], fraction: float, rng: np.random.Generator
) -> tuple[Indices, Indices]:
    """Draw the same fraction of each class for validation.

    Each class gives round(fraction x its size) rows, at least one, and keeps at least one.

    Args:
        labels: int64 `[n]`.
        fraction: the share of validation, above 0 and below 1.
        rng: draws the rows.

    Returns:
        (train, validation), int64 row numbers in rising order.

    Raises:
        DataError: a class has fewer than two rows.
    """
    held_out: list[Indices] = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if rows.size < 2:
            raise DataError(
                f"class {label} has one picture: expected two or more, "
                "to have some in train and some in validation"
            )
        size = min(max(round(fraction * rows.size), 1), rows.size - 1)
        held_out.append(rng.permutation(rows)[:size])
    validation = np.sort(np.concatenate(held_out))
    train = np.setdiff1d(np.arange(labels.size, dtype=np.int64), validation, assume_unique=True)
    return train, validation


def _check_parts(train: int, validation: int, fraction: float) -> None:
    if train < 1 or validation < 1:
        raise DataError(
            f"a validation fraction of {fraction} leaves {train} pictures to train on and "
            f"{validation} to validate on: expected at least one of each"
        )
