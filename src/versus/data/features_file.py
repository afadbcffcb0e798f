"""A file of features and targets, as document D's `.npy`, as a Dataset."""
# What a file holds has no type before it is checked; scikit-learn has none at all.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset, Images, Labels
from versus.data.npy_pickled import read_npy
from versus.errors import DataFormatError

FEATURES = ("features", "images", "x", "data")
TARGETS = ("target", "targets", "labels", "label", "y")
SHARES = (0.90, 0.05, 0.05)
"""Of train, test and validation, in the order in which the document draws them."""


def read_features(path: Path, *, allow_pickle: bool = False) -> Dataset:
    """Read pictures and labels out of an `.npy`, and split them 90/5/5 as document D does.

    Args:
        path: an `.npy` of a dict: "features" `[n, height, width]` or `[n, height, width,
            channels]`, whole numbers 0 to 255 or fractions 0 to 1 of 255; "target" `[n]`, any
            whole numbers, which become the names of the classes.
        allow_pickle: see `read_npy`; a dict is always pickled.

    Returns:
        A Dataset with validation pictures, drawn by two calls of `train_test_split` with
        random_state 0: the same rows that the document draws.

    Raises:
        DataUnavailableError, DataFormatError: see `read_npy`; or it holds something else.
    """
    found = read_npy(path, allow_pickle=allow_pickle)
    if not isinstance(found, dict):
        raise DataFormatError(
            f"{path}: expected a dict of features and targets; got {_shown(found)}"
        )
    images = _pixels(_named(found, FEATURES, path), path)
    labels, classes = _labels(_named(found, TARGETS, path), len(images), path)
    train, test, validation = _split(len(images), path)
    return Dataset.from_arrays(
        (images[train], labels[train]),
        (images[test], labels[test]),
        validation=(images[validation], labels[validation]),
        name=path.stem,
        classes=classes,
        source=f"{path.name}, split {len(train)}/{len(test)}/{len(validation)}",
    )


def _named(found: dict[Any, Any], names: tuple[str, ...], path: Path) -> npt.NDArray[Any]:
    lowered = {str(key).lower(): value for key, value in found.items()}
    for name in names:
        if name in lowered:
            array = lowered[name]
            return np.asarray(array) if isinstance(array, list) else array
    raise DataFormatError(
        f"{path}: expected {' or '.join(names)}; its keys are {', '.join(map(repr, found))}"
    )


def _pixels(values: Any, path: Path) -> Images:
    if not isinstance(values, np.ndarray) or values.ndim not in (3, 4) or not values.size:
        raise DataFormatError(f"{path}: expected pictures [n, height, width]; got {_shown(values)}")
    if values.dtype.kind not in "uif":
        raise DataFormatError(f"{path}: expected pictures of numbers; got {values.dtype}")
    scale = 255.0 if values.dtype.kind == "f" and float(values.max()) <= 1 else 1.0
    scaled = values.astype(np.float64) * scale
    whole = np.rint(scaled)
    # NaN fails here, too. Sixteen bits of a fraction keep a grey level to within a tenth.
    if not (np.abs(scaled - whole) <= 0.1).all() or whole.min() < 0 or whole.max() > 255:
        raise DataFormatError(
            f"{path}: expected 256 levels, whole numbers 0 to 255 or their fractions 0 to 1; got "
            f"{values.dtype} from {values.min():.6g} to {values.max():.6g}"
        )
    return whole.astype(np.uint8)


def _labels(values: Any, count: int, path: Path) -> tuple[Labels, list[str]]:
    whole = isinstance(values, np.ndarray) and values.size == count and values.dtype.kind in "uif"
    if not whole or not (values == np.rint(values)).all():
        raise DataFormatError(
            f"{path}: expected {count} whole numbers as targets; got {_shown(values)}"
        )
    names, labels = np.unique(values.reshape(-1).astype(np.int64), return_inverse=True)
    return labels.astype(np.int64), [str(name) for name in names]


def _split(count: int, path: Path) -> list[npt.NDArray[np.intp]]:
    from sklearn.model_selection import train_test_split  # takes a second to import

    if count < 20:
        raise DataFormatError(f"{path}: expected 20 pictures or more to split; got {count}")
    split: Any = train_test_split
    train, rest = split(np.arange(count), test_size=1 - SHARES[0], random_state=0)
    test, validation = split(rest, test_size=0.5, random_state=0)
    return [train, test, validation]


def _shown(value: Any) -> str:
    kind = type(value).__name__
    return f"{value.dtype} of shape {value.shape}" if isinstance(value, np.ndarray) else kind
