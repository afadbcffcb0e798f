"""Data sets by name or by folder: `load`, which is `versus.load`, and `find`."""

import os
from dataclasses import dataclass
from pathlib import Path

from versus.data import cache
from versus.data.dataset import Dataset
from versus.data.idx_folder import missing_files, read_folder
from versus.data.named_sets import DIGITS, FASHION_MNIST, FASHION_TOPS, NAMED_SETS, NamedSet
from versus.errors import DataUnavailableError, UnknownNameError


@dataclass(frozen=True)
class Place:
    """Where a data set was found.

    Attributes:
        kind: "embedded" (inside scikit-learn), "VERSUS_DATA", "cache", "system" or "folder".
        folder: the folder of its four IDX files; None where it is embedded.
    """

    kind: str
    folder: Path | None = None

    def __str__(self) -> str:
        if self.folder is None:
            return "inside scikit-learn"
        return str(self.folder) if self.kind == "folder" else f"{self.folder} ({self.kind})"


def names() -> list[str]:
    """Return every name that `load` takes now: the built-in ones, then those in VERSUS_DATA."""
    return [*NAMED_SETS, *(n for n in cache.names_in_data_path() if n not in NAMED_SETS)]


def find(name: str | os.PathLike[str]) -> Place | None:
    """Return where `load(name)` would read from, or None if it would have to download.

    Raises:
        UnknownNameError: `name` is neither a data set nor a folder.
        DataUnavailableError: `name` is a path where there is no folder.
    """
    text = os.fspath(name)
    named = NAMED_SETS.get(text) if isinstance(name, str) else None
    if named is not None and not named.files_of:
        return Place("embedded")
    if named is not None:
        found = cache.find_folder(named.files_of)
        return Place(*found) if found else None
    if isinstance(name, str) and not _is_path(name):
        for entry in cache.data_path():
            if len(missing_files(entry / name)) < 4:
                return Place("VERSUS_DATA", entry / name)
    return Place("folder", _folder(name))


def load(name: str | os.PathLike[str], *, download: bool = True) -> Dataset:
    """Load a data set, as `versus.load("mnist")`.

    Args:
        name: a built-in name ("digits", "mnist", "fashion-mnist", "fashion-mnist-tops"), the name
            of a folder inside one of VERSUS_DATA, or the path of a folder; a folder holds four
            IDX files named as MNIST's, and may hold `classes.txt`, one class name a line.
        download: whether a built-in set that is not on this machine may be downloaded.

    Returns:
        The Dataset; the files of a built-in one are checked by SHA-256 wherever they lie.

    Raises:
        UnknownNameError: `name` is neither a data set nor a folder.
        DataUnavailableError: the files are not on this machine and cannot be downloaded.
        DataError: the files cannot be read, or are not what they should be.
    """
    place = find(name)
    named = NAMED_SETS.get(name) if isinstance(name, str) else None
    if named is None:
        assert_folder = place.folder if place else None
        folder = assert_folder or _folder(name)
        return read_folder(folder, folder.resolve().name)
    if named is DIGITS:
        from versus.data.digits import load_digits

        return load_digits(named.name, named.classes, _source(named))
    folder = place.folder if place and place.folder else _download(named, allowed=download)
    files = NAMED_SETS[named.files_of]
    whole = read_folder(
        folder,
        files.name,
        classes=files.classes,
        source=_source(files),
        checksums=files.checksums,
    )
    if named is FASHION_TOPS:
        from versus.data.fashion_tops import fashion_tops

        return fashion_tops(whole, named.name, _source(named))
    return whole


def _source(named: NamedSet) -> str:
    return f"{named.description}; licence {named.licence}"
