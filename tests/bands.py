"""A tiny data set that can be learned in seconds."""

import numpy as np

from versus.data.dataset import Dataset


def make_tiny(
    n_train: int = 96, n_test: int = 48, classes: int = 3, size: int = 8, channels: int = 1
) -> Dataset:
    """A learnable set: each class is a bright band of rows in noise."""
    rng = np.random.default_rng(0)

    def split(n: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(n) % classes
        images = rng.integers(0, 120, size=(n, size, size, channels), dtype=np.uint8)
        band = size // classes
        for row, label in enumerate(labels):
            images[row, label * band : (label + 1) * band] += 120
        return images, labels

    names = [f"band {number}" for number in range(classes)]
    return Dataset.from_arrays(split(n_train), split(n_test), name="tiny", classes=names)
