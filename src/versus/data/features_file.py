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
from versus.data.pickle_stand_ins import few, kind, shortened, shown
from versus.errors import DataError, DataFormatError

FEATURES = ("features", "images", "x", "data")
TARGETS = ("target", "targets", "labels", "label", "y")
SHARES = (0.90, 0.05, 0.05)
"""Of train, test and validation, in the order in which the document draws them."""
DIMENSIONS = 4
"""Of lists within lists: pictures, rows, pixels, channels."""
FREE_NUMBERS = 2**20
"""As many may be in lists however small the file is: one row may be that of every picture."""


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
    found = _read(path, allow_pickle=allow_pickle)
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


def _read(path: Path, *, allow_pickle: bool) -> Any:
    try:
        return read_npy(path, allow_pickle=allow_pickle)
    except DataError:
        raise
    except Exception as cause:  # numpy's reader of headers can fail in any way
        raise DataFormatError(
            f"{path}: not an .npy file that can be read: {type(cause).__name__}: "
            f"{shortened(str(cause))}: save it again with numpy.save"
        ) from cause


def _named(found: dict[Any, Any], names: tuple[str, ...], path: Path) -> Any:
    for key in found:
        if not isinstance(key, str):
            raise DataFormatError(f"{path}: expected words as its keys; got {shown(key)}")
    lowered = {key.lower(): value for key, value in found.items()}
    for name in names:
        if name in lowered:
            value = lowered[name]
            return _from_lists(value, name, path) if isinstance(value, list) else value
    raise DataFormatError(
        f"{path}: expected {' or '.join(names)}; its keys are {few(list(map(shown, found)))}"
    )


def _from_lists(value: list[Any], name: str, path: Path) -> npt.NDArray[Any]:
    """Return an array of lists, whose numbers are counted before numpy makes room for them.

    A list may hold another ten times, and that one the next: the file stays small, the array does
    not. A number is a byte of the file or more, unless it is written once for many places.
    """
    most = max(path.stat().st_size, FREE_NUMBERS)
    try:
        if _count(value, DIMENSIONS, {}) > most:
            raise ValueError(f"lists of more than {most:,} numbers, which the file cannot hold")
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError) as cause:
        raise DataFormatError(
            f"{path}: expected {name} to be an array, or lists of equal lengths of numbers: "
            f"{shortened(str(cause))}; save numpy.asarray of them"
        ) from cause


def _count(value: Any, dimensions: int, known: dict[tuple[int, int], int]) -> int:
    """Return how many numbers there are in lists; each list is looked at once."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "buif":
        return max(value.size, 1)
    if isinstance(value, float) or (isinstance(value, int) and -(2**63) <= value < 2**64):
        return 1
    if not isinstance(value, (list, tuple)):
        what = "a number beyond 64 bits" if isinstance(value, int) else f"a {kind(value)}"
        raise ValueError(f"{what} in a list")
    if not dimensions:
        raise ValueError(f"lists more than {DIMENSIONS} deep")
    # By its depth, too: a list that holds itself would else be its own count.
    place = id(value), dimensions
    if place not in known:
        known[place] = sum(_count(each, dimensions - 1, known) for each in value)
    return known[place]


def _pixels(values: Any, path: Path) -> Images:
    if not isinstance(values, np.ndarray) or values.ndim not in (3, 4) or not values.size:
        raise DataFormatError(f"{path}: expected pictures [n, height, width]; got {_shown(values)}")
    if values.dtype.kind not in "uif":
        raise DataFormatError(f"{path}: expected pictures of numbers; got {values.dtype}")
    scale = 255.0 if values.dtype.kind == "f" and float(values.max()) <= 1 else 1.0
    levels = np.empty(values.shape, np.uint8)
    # By parts, as doubles take eight times the room; numbers without bounds are refused, not
    # warned of.
    for start in range(0, len(values), 1024):
        part = slice(start, start + 1024)
        with np.errstate(all="ignore"):
            scaled = values[part].astype(np.float64) * scale
            whole = np.rint(scaled)
            # NaN fails here, too. Sixteen bits of a fraction keep a grey level to within a tenth.
            fits = (np.abs(scaled - whole) <= 0.1) & (whole >= 0) & (whole <= 255)
        if not fits.all():
            raise DataFormatError(
                f"{path}: expected 256 levels, whole numbers 0 to 255 or their fractions 0 to 1; "
                f"got {values.dtype} from {values.min():.6g} to {values.max():.6g}"
            )
        levels[part] = whole
    return levels


def _labels(values: Any, count: int, path: Path) -> tuple[Labels, list[str]]:
    whole = isinstance(values, np.ndarray) and values.size == count and values.dtype.kind in "uif"
    if not whole:
        raise DataFormatError(
            f"{path}: expected {count} whole numbers as targets; got {_shown(values)}"
        )
    flat = values.reshape(-1)
    # Doubles hold all of the smaller kinds, and the bounds. Neither NaN nor infinity lies between.
    checked = flat.astype(np.float64) if flat.dtype.kind == "f" else flat
    fits = (checked >= -(2**63)) & (checked < 2**63) & (checked == np.rint(checked))
    if not fits.all():
        row = int(fits.argmin())
        raise DataFormatError(
            f"{path}: expected {count} whole numbers of 64 bits as targets; "
            f"row {row} is {flat[row]}"
        )
    names, labels = np.unique(flat.astype(np.int64), return_inverse=True)
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
