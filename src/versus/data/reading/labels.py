"""From the labels of a source to class names and numbers from 0, checked."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus.data.sources.found import Found
from versus.data.sources.names import shown, sort_key
from versus.errors import DataError

MOST_CLASSES = 10_000
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Coded:
    """Labels as numbers.

    Attributes:
        codes: int64 `[n]`, from 0.
        classes: one name a number.
    """

    codes: npt.NDArray[np.int64]
    classes: tuple[str, ...]


def code_labels(found: Found, where: str) -> Coded:
    """Return the classes in a stated order, and every row's number.

    Names are ordered as people do ("2" before "10"); numbers by size, and a number keeps its name,
    so that labels counted from 1 stay what they are called.

    Args:
        found: what the source holds.
        where: the source, for messages.

    Raises:
        DataError: there are fewer than two classes, or far too many; a name cannot be told from
            another or be printed; a number has no name; a label of one split is in no other.
    """
    coded = _numbers(found, where) if isinstance(found.labels, np.ndarray) else _names(found, where)
    _check_classes(coded, where)
    _check_splits(coded, found.splits, where)
    return coded


def _names(found: Found, where: str) -> Coded:
    assert not isinstance(found.labels, np.ndarray)  # noqa: S101
    names = sorted(set(found.labels), key=lambda name: (sort_key(name), name))
    if found.classes is not None:  # the source's own order
        names = [*found.classes, *(name for name in names if name not in set(found.classes))]
    number = {name: code for code, name in enumerate(names)}
    codes = np.array([number[label] for label in found.labels], np.int64)
    return _used(codes, tuple(names), where, named=found.classes is not None)


def _numbers(found: Found, where: str) -> Coded:
    labels = np.asarray(found.labels, np.int64)
    if labels.size and labels.min() < 0:
        row = int(np.flatnonzero(labels < 0)[0])
        raise DataError(
            f"{where}: label {labels[row]} at row {row}: expected numbers from 0: leave out "
            "pictures without a label, or give them a class"
        )
    if found.classes is not None:
        count = len(found.classes)
        if labels.size and labels.max() >= count:
            row = int(np.flatnonzero(labels >= count)[0])
            hint = (
                "; these labels look counted from 1: subtract 1"
                if labels.min() == 1 and labels.max() == count
                else ""
            )
            raise DataError(
                f"{where}: label {labels[row]} at row {row} is outside 0 to {count - 1}: expected "
                f"one of the {count} classes that are named{hint}"
            )
        return _used(labels, found.classes, where, named=True)
    values, codes = np.unique(labels, return_inverse=True)
    return Coded(codes.astype(np.int64), tuple(str(value) for value in values))


def _used(
    codes: npt.NDArray[np.int64], classes: tuple[str, ...], where: str, *, named: bool
) -> Coded:
    used = set(codes.tolist())
    missing = [name for code, name in enumerate(classes) if code not in used]
    if missing and named:
        raise DataError(
            f"{where}: class '{shown(missing[0])}' has no pictures: expected some of each of the "
            f"{len(classes)} classes that are named: add some, or leave its name out"
        )
    return Coded(codes, classes)


def _check_classes(coded: Coded, where: str) -> None:
    classes, count = coded.classes, len(coded.codes)
    if len(classes) < 2:
        only = f" ('{shown(classes[0])}')" if classes else ""
        raise DataError(
            f"{where}: expected two or more classes; got {len(classes)}{only}: a classifier needs "
            "something to tell apart: check that the folder given is the one above the classes"
        )
    if len(classes) > MOST_CLASSES or (len(classes) > 100 and 2 * len(classes) > count):
        raise DataError(
            f"{where}: {len(classes):,} different labels of {count:,} pictures: expected classes "
            "of several pictures each: check that these are classes and not numbers of pictures, "
            "or say which are with --keys label=..."
        )
    folded: dict[str, str] = {}
    for name in classes:
        _check_name(name, where)
        key = unicodedata.normalize("NFC", name).casefold()
        if key in folded:
            raise DataError(
                f"{where}: classes '{shown(folded[key])}' and '{shown(name)}' differ in case only: "
                "expected names that nobody confuses: rename or join them"
            )
        folded[key] = name


def _check_name(name: str, where: str) -> None:
    if not name.strip() or name != name.strip():
        raise DataError(
            f"{where}: a class is called '{shown(name)}': expected a name without blanks around "
            "it: give the class a name"
        )
    if shown(name) != name or len(name) > _LONGEST_NAME:
        what = "is longer than" if shown(name) == name else "cannot be printed on one line within"
        raise DataError(
            f"{where}: the class name '{shown(name)[:80]}' {what} {_LONGEST_NAME} characters: "
            "expected a name in readable characters: rename it"
        )


def _check_splits(coded: Coded, splits: Sequence[str], where: str) -> None:
    """Raise DataError where a class of another split is not in train."""
    given = np.asarray(splits, dtype="U10")
    train = np.unique(coded.codes[given == "train"])
    if not train.size:
        return
    for split in ("validation", "test"):
        rows = np.flatnonzero(given == split)
        new = rows[~np.isin(coded.codes[rows], train)]
        if new.size:
            name = coded.classes[int(coded.codes[new[0]])]
            raise DataError(
                f"{where}: class '{shown(name)}' is in {split} but not in train: expected every "
                "class in train: add pictures of it there, or take it out"
            )
