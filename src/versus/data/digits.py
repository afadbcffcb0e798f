"""`digits`: the 1,797 handwritten 8x8 digits inside scikit-learn, shown at 28x28.

Source: E. Alpaydin and C. Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine
Learning Repository; scikit-learn ships its test part. In the order of its file, the first 1,437
are train and the last 360 test.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset
from versus.errors import DataFormatError

TRAIN_COUNT = 1437

_SMALL, _LARGE, _HIGHEST = 8, 28, 16
# A weight is a whole number of fourteenths: 28 / 8 = 7 / 2, and pixel centres lie on halves.
_UNIT = 14
_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def load_digits(name: str, classes: tuple[str, ...], source: str) -> Dataset:
    """Make the Dataset of 1,437 train and 360 test pictures, uint8 `[n, 28, 28, 1]`.

    Raises:
        DataFormatError: this scikit-learn holds other digits.
    """
    from sklearn import datasets  # takes a second to import

    bunch: Any = datasets.load_digits()
    small: npt.NDArray[np.float64] = bunch["images"]
    labels: npt.NDArray[np.int64] = bunch["target"]
    raw = small.astype(np.uint8).tobytes() + labels.astype(np.uint8).tobytes()
    found = hashlib.sha256(raw).hexdigest()
    if found != _SHA256:
        raise DataFormatError(
            f"scikit-learn's load_digits: expected SHA-256 {_SHA256} of its pictures and labels as "
            f"bytes; found {found}: install another scikit-learn"
        )
    images = upscale(small.astype(np.int64))
    train, test = slice(None, TRAIN_COUNT), slice(TRAIN_COUNT, None)
    return Dataset.from_arrays(
        (images[train], labels[train]),
        (images[test], labels[test]),
        name=name,
        classes=classes,
        source=source,
    )


def upscale(images: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Enlarge pictures of 8x8 and values 0 to 16 to 28x28 and 0 to 255, bilinearly.

    In whole numbers throughout, so that the bytes depend on no library's arithmetic.

    Args:
        images: int64 `[n, 8, 8]`, 0 to 16.

    Returns:
        uint8 `[n, 28, 28]`, rounded half up.
    """
    weights = _weights()
    sums = weights @ images @ weights.T  # of at most 16 x 14 x 14
    highest = _HIGHEST * _UNIT * _UNIT
    return ((2 * 255 * sums + highest) // (2 * highest)).astype(np.uint8)


def _weights() -> npt.NDArray[np.int64]:
    """Return the share, in fourteenths, of each of 8 pixels in each of 28: int64 `[28, 8]`.

    The centre of output pixel i lies at (i + 1/2) 8/28 - 1/2 = (4i - 5) / 14 among the centres of
    the input pixels; beyond the first and the last of them, their values go on.
    """
    weights = np.zeros((_LARGE, _SMALL), dtype=np.int64)
    for row in range(_LARGE):
        position = min(max(4 * row - 5, 0), (_SMALL - 1) * _UNIT)
        left, share = divmod(position, _UNIT)
        weights[row, left] += _UNIT - share
        weights[row, min(left + 1, _SMALL - 1)] += share
    return weights
