"""Taking validation pictures out of a train split, as index arrays."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.errors import ConfigurationError, DataError

Indices = npt.NDArray[np.int64]


def tail(count: int, fraction: float) -> tuple[Indices, Indices]:
    """Split rows 0 to `count` - 1 into the first part and the last, unshuffled.

    Cut where Keras's `validation_split` cuts: at floor(count * (1 - fraction)).

    Args:
        count: how many rows there are.
        fraction: the share of the last part, above 0 and below 1.

    Returns:
        (train, validation), int64 row numbers in rising order.

    Raises:
        ConfigurationError: `fraction` is not between 0 and 1.
        DataError: one of the two would be empty.
    """
    _check_fraction(fraction)
    cut = math.floor(count * (1.0 - fraction))
    _check_sides(cut, count - cut, fraction)
    rows = np.arange(count, dtype=np.int64)
    return rows[:cut], rows[cut:]


def drawn(count: int, fraction: float, number: int) -> tuple[Indices, Indices]:
    """Draw rows for validation as scikit-learn's `train_test_split` does with `random_state`.

    Args:
        count: how many rows there are.
        fraction: the share of validation, above 0 and below 1; rounded up to whole rows.
        number: the random_state.

    Returns:
        (train, validation), int64 row numbers in rising order.

    Raises:
        ConfigurationError: `fraction` is not between 0 and 1.
        DataError: one of the two would be empty.
    """
    _check_fraction(fraction)
    from sklearn.model_selection import train_test_split  # takes a second to import

    held_out = math.ceil(fraction * count)
    _check_sides(count - held_out, held_out, fraction)
    split: Any = train_test_split
    rows = np.arange(count, dtype=np.int64)
    train, validation = split(rows, test_size=fraction, random_state=number)
    return np.sort(train), np.sort(validation)


def stratified(
    labels: npt.NDArray[np.int64],
    fraction: float,
    rng: np.random.Generator,
    classes: Sequence[str] = (),
) -> tuple[Indices, Indices]:
    """Draw the same fraction of each class for validation.

    Each class gives round(fraction x its size) rows, at least one, and keeps at least one.

    Args:
        labels: int64 `[n]`.
        fraction: the share of validation, above 0 and below 1.
        rng: draws the rows.
        classes: what messages call the labels; their numbers where none are given.

    Returns:
        (train, validation), int64 row numbers in rising order.

    Raises:
        ConfigurationError: `fraction` is not between 0 and 1.
        DataError: there are no rows, or a class has fewer than two.
    """
    _check_fraction(fraction)
    if not labels.size:
        raise DataError("expected pictures to take validation pictures from; got none")
    held_out: list[Indices] = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        if rows.size < 2:
            raise DataError(
                f"class '{classes[label] if classes else label}' has one picture, at row "
                f"{rows[0]}: expected two or more, to have some in train and some in validation; "
                "add pictures or leave the class out"
            )
        size = min(max(round(fraction * rows.size), 1), rows.size - 1)
        held_out.append(rng.permutation(rows)[:size].astype(np.int64))
    validation = np.sort(np.concatenate(held_out))
    train = np.setdiff1d(np.arange(labels.size, dtype=np.int64), validation, assume_unique=True)
    return train, validation


def _check_sides(kept: int, held_out: int, fraction: float) -> None:
    """Raise DataError where there would be nothing to train on, or nothing to validate on."""
    if kept < 1 or held_out < 1:
        raise DataError(
            f"a validation fraction of {fraction} leaves {kept} of {kept + held_out} pictures to "
            f"train on and {held_out} to validate on: expected at least one of each; "
            "give more pictures or another fraction"
        )


def _check_fraction(fraction: float) -> None:
    if not 0 < fraction < 1:  # false for nan too
        raise ConfigurationError(
            f"a validation fraction is above 0 and below 1; got {fraction}: 0.2 is usual"
        )
