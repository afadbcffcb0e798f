"""F1 of each class, from a confusion matrix."""

import numpy as np
import numpy.typing as npt


def f1_by_class(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return F1 of each class, float64 `[k]`: the harmonic mean of its precision and its recall.

    It is 0 for a class that has no picture and is never answered.

    Args:
        counts: `[k, k]`, rows true classes, columns predicted ones.
    """
    either = counts.sum(axis=1) + counts.sum(axis=0)
    return 2 * np.diagonal(counts) / np.maximum(either, 1)
