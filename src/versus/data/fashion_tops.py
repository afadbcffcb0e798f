"""`fashion-mnist-tops`: our guess at a five-class Fashion-MNIST whose file was never published.

The study it stands for says: 60,000 pictures in five classes, split 90/5/5 into train, test and
validation by two calls of scikit-learn's train_test_split with random_state 0. It does not name
the classes. The five upper-body garments come nearest to its published curves; with mirrored
copies there are as many pictures as it says.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset, Images

LABELS = (0, 2, 3, 4, 6)
"""Fashion-MNIST's labels of the five classes, in the order of the new labels 0 to 4."""


def fashion_tops(fashion: Dataset, name: str, source: str) -> Dataset:
    """Make the five-class Dataset from Fashion-MNIST's train split.

    Args:
        fashion: the whole of Fashion-MNIST, its train split in the order of its file.
        name: of the new Dataset.
        source: where its pictures come from, in words.

    Returns:
        54,000 train pictures (27,000, then the same mirrored left to right), 1,500 of validation
        and 1,500 of test, none of these mirrored.
    """
    rows = np.flatnonzero(np.isin(fashion.train.labels, LABELS))
    new_label = np.full(len(fashion.classes), -1, dtype=np.int64)
    new_label[list(LABELS)] = np.arange(len(LABELS))
    train, test, validation = _split(rows)
    images, labels = fashion.train.images, new_label[fashion.train.labels]
    return Dataset.from_arrays(
        (with_mirrored(images[train]), np.tile(labels[train], 2)),
        (images[test], labels[test]),
        validation=(images[validation], labels[validation]),
        name=name,
        classes=[fashion.classes[label] for label in LABELS],
        source=source,
    )


def with_mirrored(images: Images) -> Images:
    """Return `images` `[n, h, w, c]` followed by the same, mirrored left to right: `[2n, ...]`."""
    return np.concatenate([images, images[:, :, ::-1]])


def _split(rows: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], ...]:
    """Return (train, test, validation), 90, 5 and 5 % of `rows`, as the study draws them."""
    from sklearn.model_selection import train_test_split  # takes a second to import

    split: Any = train_test_split
    train, rest = split(rows, test_size=0.10, random_state=0)
    test, validation = split(rest, test_size=0.50, random_state=0)
    return train, test, validation
