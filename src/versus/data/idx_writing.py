"""A Dataset written as a folder of IDX files, of which any tool for MNIST reads the four."""

from pathlib import Path

import numpy as np

from versus.data import idx
from versus.data.dataset import Dataset, Images, Split
from versus.data.files import write_atomically
from versus.data.idx_folder import CLASSES_FILE, STEMS, VALIDATION_STEMS, missing_files
from versus.errors import DataError


def write_folder(folder: Path, dataset: Dataset) -> None:
    """Write `dataset` into `folder`, which is made where there is none.

    Validation pictures go into two files of their own, which other tools for MNIST do not look at.

    Raises:
        DataError: there is a data set already, or it cannot be written.
    """
    if len(missing_files(folder)) < len(STEMS):
        raise DataError(f"{folder}: holds IDX files already: give another folder")
    splits: list[tuple[tuple[str, str], Split]] = [
        (STEMS[:2], dataset.train),
        (STEMS[2:], dataset.test),
    ]
    if dataset.validation is not None:
        splits.append((VALIDATION_STEMS, dataset.validation))
    write_atomically(folder / CLASSES_FILE, "".join(f"{c}\n" for c in dataset.classes).encode())
    # Train's pictures last: what lacks them is seen as no data set.
    for (images, labels), split in splits[::-1]:
        number = np.uint8 if len(dataset.classes) <= 256 else np.int32
        idx.write(folder / labels, split.labels.astype(number), compress=False)
        idx.write(folder / images, _without_channel(split.images), compress=False)


def _without_channel(images: Images) -> Images:
    return images[..., 0] if images.shape[3] == 1 else images
