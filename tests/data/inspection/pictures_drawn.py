"""Pictures for tests: smooth blobs on black, no two alike, and photograph-like noise."""

import numpy as np
from scipy.ndimage import gaussian_filter

from versus.data.dataset import Dataset, Split


def drawn(count: int, size: int = 28, channels: int = 1, *, seed: int = 0, photo: bool = False):
    """uint8 `[count, size, size, channels]`."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(count, size, size, channels))
    smooth = gaussian_filter(noise, (0, size / 14, size / 14, 0))
    # JPEG halves the resolution of colours: those of real pictures differ less than their light.
    smooth = 0.9 * smooth.mean(axis=3, keepdims=True) + 0.1 * smooth
    smooth /= np.abs(smooth).max(axis=(1, 2, 3), keepdims=True)
    if not photo:
        ramp = 1 - np.abs(np.linspace(-1, 1, size)) ** 4
        smooth = np.maximum(smooth, 0) * (ramp[:, None] * ramp)[..., None]
    return ((smooth + 1) * 110 if photo else smooth * 220).astype(np.uint8)


def dataset(train: np.ndarray, test: np.ndarray, classes: int = 2) -> Dataset:
    splits = [Split(i, np.arange(len(i), dtype=np.int64) % classes) for i in (train, test)]
    return Dataset("drawn", tuple(f"class {n}" for n in range(classes)), *splits)
