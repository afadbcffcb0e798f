"""A Dataset written as a folder of four IDX files, which any tool for MNIST reads."""

from pathlib import Path
from typing import Any

import numpy as np

from versus.data import idx
from versus.data.dataset import Dataset, Images
from versus.data.files import write_atomically
from versus.data.idx_folder import CLASSES_FILE, STEMS, missing_files
from versus.errors import DataError


def write_folder(folder: Path, dataset: Dataset) -> float | None:
    """Write `dataset` into `folder`, which is made where there is none.

    The four files have no place for validation pictures: they stand at the end of train.

    Returns:
        The `validation_fraction` that takes just those out of train again; None without any.

    Raises:
        DataError: there is a data set already, or it cannot be written.
    """
    if len(missing_files(folder)) < len(STEMS):
        raise DataError(f"{folder}: holds IDX files already: give another folder")
    train, held_out = dataset.train, dataset.validation
    images, labels = train.images, train.labels
    if held_out is not None:
        images = np.concatenate([images, held_out.images])
        labels = np.concatenate([labels, held_out.labels])
    arrays: tuple[Any, ...] = (images, labels, dataset.test.images, dataset.test.labels)
    write_atomically(folder / CLASSES_FILE, "".join(f"{c}\n" for c in dataset.classes).encode())
    # The first of them last: what lacks it is seen as no data set.
    for stem, array in list(zip(STEMS, arrays, strict=True))[::-1]:
        plain = _without_channel(array) if array.ndim == 4 else array.astype(np.uint8)
        idx.write(folder / stem, plain, compress=False)
    # Half a picture less, so that rounding cannot move the cut.
    return None if held_out is None else round((len(held_out) - 0.5) / len(images), 9)


def _without_channel(images: Images) -> Images:
    return images[..., 0] if images.shape[3] == 1 else images
