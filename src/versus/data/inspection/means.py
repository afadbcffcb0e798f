"""The mean picture of each class."""

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Split
from versus.data.inspection.rows import chunks


def mean_pictures(split: Split, classes: int) -> npt.NDArray[np.uint8]:
    """Return the mean picture of each class, to the nearest grey level; 0 where it has none.

    Args:
        split: its pictures are read in chunks.
        classes: how many there are.

    Returns:
        uint8 `[classes, height, width, channels]`.
    """
    shape = split.images.shape[1:]
    sums = np.zeros((classes, int(np.prod(shape))), np.float64)
    for rows in chunks(split.images):
        labels = split.labels[rows]
        pixels = split.images[rows].reshape(len(labels), -1)
        for label in np.unique(labels):
            sums[label] += pixels[labels == label].sum(axis=0, dtype=np.int64)
    counts = np.bincount(split.labels, minlength=classes)
    means = sums / np.maximum(counts, 1)[:, None]
    return np.rint(means).astype(np.uint8).reshape(classes, *shape)
