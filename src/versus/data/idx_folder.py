"""A folder of four IDX files, named as MNIST's are, or six, read as a Dataset."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from versus.data import idx
from versus.data.dataset import Dataset
from versus.data.files import reading
from versus.errors import DataFormatError, DataUnavailableError

STEMS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""The names of the four files, without the `.gz` that each may carry."""

VALIDATION_STEMS = ("validation-images-idx3-ubyte", "validation-labels-idx1-ubyte")
"""Of two more files, for pictures that are set apart for validation; MNIST's own has none."""

CLASSES_FILE = "classes.txt"


def read_folder(
    folder: Path,
    name: str,
    *,
    classes: Sequence[str] | None = None,
    source: str = "",
    checksums: Mapping[str, str] | None = None,
) -> Dataset:
    """Read the IDX files in `folder`; a plain file is preferred to a gzipped one.

    Args:
        folder: holds the files of `STEMS`, each with or without `.gz`; maybe those of
            `VALIDATION_STEMS` too, which are read where no checksums are given.
        name: of the Dataset.
        classes: one name a label; else the lines of `classes.txt` in `folder`; else the labels of
            train themselves.
        source: where the pictures come from, in words; else the folder.
        checksums: file stem to the SHA-256 of its uncompressed bytes, as hex digits.

    Returns:
        A Dataset of pictures `[n, h, w, 1]` from IDX `[n, h, w]`, or `[n, h, w, c]` as they are.

    Raises:
        DataUnavailableError: a file is missing; all that are missing are named.
        DataFormatError: a file is no IDX, has another checksum, or the counts of pictures and
            labels differ.
        DataError: the arrays are no Dataset.
    """
    lacking = missing_files(folder)
    if lacking:
        raise DataUnavailableError(
            f"{folder}: expected four IDX files, each plain or .gz; there is no "
            f"{' and no '.join(lacking)}: add them or give another folder"
        )
    names = list(classes) if classes is not None else _read_classes(folder / CLASSES_FILE)
    train, test = (
        _read_split(_path(folder, images), _path(folder, labels), checksums or {})
        for images, labels in (STEMS[:2], STEMS[2:])
    )
    return Dataset.from_arrays(
        train,
        test,
        validation=None if checksums else _read_validation(folder),
        name=name,
        classes=names,
        source=source or f"IDX files in {folder.resolve()}",
    )


def _read_validation(folder: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any]] | None:
    """Return validation pictures and labels, None where there are none."""
    images, labels = (_path(folder, stem) for stem in VALIDATION_STEMS)
    if images.exists() != labels.exists():
        there, lacking = VALIDATION_STEMS if images.exists() else VALIDATION_STEMS[::-1]
        raise DataUnavailableError(
            f"{folder}: holds {there} but no {lacking}: add it, or take the other away"
        )
    return _read_split(images, labels, {}) if images.exists() else None


def missing_files(folder: Path) -> list[str]:
    """Return the stems in `STEMS` that `folder` holds neither plain nor gzipped."""
    return [stem for stem in STEMS if not _path(folder, stem).exists()]


def check_digest(data: bytes | bytearray, expected: str, path: Path, advice: str) -> None:
    """Raise DataFormatError unless the SHA-256 of `data` is `expected`.

    Args:
        data: the uncompressed bytes of an IDX file.
        expected: 64 hex digits.
        path: where `data` comes from, for the message.
        advice: what to do, for the message.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise DataFormatError(
            f"{path}: expected SHA-256 {expected} of the uncompressed bytes; "
            f"found {found}: {advice}"
        )


def _path(folder: Path, stem: str) -> Path:
    plain = folder / stem
    return plain if plain.exists() else folder / f"{stem}.gz"


def _read_split(
    images_path: Path, labels_path: Path, checksums: Mapping[str, str]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    images, labels = (_read_checked(path, checksums) for path in (images_path, labels_path))
    for array, path, dimensions, shape in (
        (images, images_path, (3, 4), "pictures as [n, h, w] or [n, h, w, c]"),
        (labels, labels_path, (1,), "labels as [n]"),
    ):
        if array.ndim not in dimensions:
            raise DataFormatError(
                f"{path}: expected {shape} at byte 3; got shape {array.shape}: "
                "check that pictures and labels have not changed places"
            )
    if len(images) != len(labels):
        raise DataFormatError(
            f"{images_path} holds {len(images):,} pictures but {labels_path} holds "
            f"{len(labels):,} labels: expected as many; check that the two belong together"
        )
    return images, labels


def _read_checked(path: Path, checksums: Mapping[str, str]) -> npt.NDArray[Any]:
    data = idx.read_bytes(path)
    expected = checksums.get(path.name.removesuffix(".gz"))
    if expected is not None:
        advice = (
            "delete the file and load again to get the original, or, if these are your own "
            "pictures, give the folder another name or load it by its path"
        )
        check_digest(data, expected, path, advice)
    return idx.parse(data, str(path))


def _read_classes(path: Path) -> list[str] | None:
    """Return the lines of `classes.txt`, or None where there is none."""
    if not path.exists():
        return None
    with reading(path):
        data = path.read_bytes()
    try:
        names = [line.strip() for line in data.decode("utf-8-sig").rstrip().splitlines()]
    except UnicodeDecodeError as error:
        raise DataFormatError(
            f"{path}: expected UTF-8 text; got byte {data[error.start]:02x} at byte {error.start}: "
            "save it as UTF-8"
        ) from error
    if "" in names or not names:
        raise DataFormatError(
            f"{path}: expected one class name a line; line {[*names, ''].index('') + 1} is empty: "
            "write the name of each label, label 0 first"
        )
    return names
