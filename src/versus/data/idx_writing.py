"""A Dataset written as a folder of IDX files, of which any tool for MNIST reads the four."""

from pathlib import Path

import numpy as np

from versus.data import idx
from versus.data.dataset import Dataset, Images, Split
from versus.data.idx_folder import CLASSES_FILE, STEMS, VALIDATION_STEMS, missing_files
from versus.data.pickle_stand_ins import few
from versus.errors import DataError
from versus.filesystem import atomic


def write_folder(folder: Path, dataset: Dataset) -> None:
    """Write `dataset` as `folder`: whole, or nothing of it.

    Validation pictures go into two files of their own, which other tools for MNIST do not look at.

    Args:
        folder: one that is not there yet, or is empty; those above it are made.
        dataset: what to write.

    Raises:
        DataError: something else is there, or it cannot be written.
    """
    splits: list[tuple[tuple[str, str], Split]] = [
        (STEMS[:2], dataset.train),
        (STEMS[2:], dataset.test),
    ]
    if dataset.validation is not None:
        splits.append((VALIDATION_STEMS, dataset.validation))
    number = np.uint8 if len(dataset.classes) <= 256 else np.int32
    contents = {CLASSES_FILE: "".join(f"{name}\n" for name in dataset.classes).encode()}
    for (images, labels), split in splits:
        contents[labels] = idx.serialise(split.labels.astype(number))
        contents[images] = idx.serialise(_without_channel(split.images))
    try:
        check_free(folder)
        # A link to an empty folder is none that another can take the place of.
        atomic.write_folder(folder.resolve(), contents)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written ({error.strerror or error}): check the permissions of "
            "the folder above it and the space left, or give another one that is not there yet"
        ) from error


def check_free(folder: Path) -> None:
    """Raise unless a data set can be written as `folder`: nothing is there, or an empty folder.

    Raises:
        DataError: something else is there.
        OSError: it cannot be looked at.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder to write into; got a file: give another name")
    if len(missing_files(folder)) < len(STEMS):
        raise DataError(f"{folder}: holds IDX files already: give another folder")
    names = sorted(path.name for path in folder.iterdir())
    if names:
        raise DataError(
            f"{folder}: expected a new or an empty folder; it holds {few(names, 3)}: give another"
        )


def _without_channel(images: Images) -> Images:
    return images[..., 0] if images.shape[3] == 1 else images
