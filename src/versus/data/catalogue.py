"""Data sets by name or by folder: `load`, which is `versus.load`, and `find`."""

import os
from dataclasses import dataclass
from pathlib import Path

from versus.data import cache
from versus.data.dataset import Dataset
from versus.data.idx_folder import read_folder
from versus.data.named_sets import DIGITS, FASHION_TOPS, NAMED_SETS, NamedSet
from versus.errors import DataUnavailableError, UnknownNameError


@dataclass(frozen=True)
class Place:
    """Where a data set was found.

    Attributes:
        kind: "embedded" (inside scikit-learn), "VERSUS_DATA", "VERSUS_DATA, incomplete",
            "cache", "system" or "folder".
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
    named = _named(name)
    if named is None:
        return Place(*_own_place(name))
    if not named.files_of:
        return Place("embedded")
    found = cache.find_folder(named.files_of)
    return Place(*found) if found else None


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
    named = _named(name)
    if named is None:
        _, folder = _own_place(name)
        return read_folder(folder, folder.resolve().name)
    if named is DIGITS:
        from versus.data.digits import load_digits  # only where used, as is all below

        return load_digits(named.name, named.classes, named.source)
    files = NAMED_SETS[named.files_of]
    found = cache.find_folder(files.name)
    whole = read_folder(
        found[1] if found else _download(files, allowed=download),
        files.name,
        classes=files.classes,
        source=files.source,
        checksums=files.checksums,
    )
    if named is FASHION_TOPS:
        from versus.data.fashion_tops import fashion_tops

        return fashion_tops(whole, named.name, named.source)
    return whole


def _named(name: str | os.PathLike[str]) -> NamedSet | None:
    """Return the built-in set of this name; a Path object is always a path."""
    return NAMED_SETS.get(name) if isinstance(name, str) else None


def _own_place(name: str | os.PathLike[str]) -> tuple[str, Path]:
    """Return (kind of place, folder) of a set that is not built in."""
    text = os.fspath(name)
    is_path = not isinstance(name, str) or text in (".", "..") or {"/", os.sep} & set(text)
    if not is_path:
        for entry in cache.data_path():
            if text and os.path.isdir(entry / text):
                return "VERSUS_DATA", entry / text
    folder = Path(text).expanduser()
    if text and os.path.isdir(folder):
        return "folder", folder
    if is_path:
        raise DataUnavailableError(
            f"{folder}: expected a folder of four IDX files; "
            f"{'this is a file' if os.path.isfile(folder) else 'there is none'}: check the path"
        )
    hint = "the path of a folder of four IDX files will do too"
    raise UnknownNameError("data set", text, names(), hint)


def _download(files: NamedSet, *, allowed: bool) -> Path:
    """Download the four files into the cache and return their folder."""
    folder = cache.cache_folder() / files.name
    reason = "may not be downloaded here"
    if allowed:
        from versus.data.download import download_files  # brings urllib and ssl

        try:
            download_files(files.mirrors, files.checksums, folder)
        except DataUnavailableError as error:
            reason = f"could not be downloaded ({error})"
        else:
            return folder
    package = f"apt install {files.debian_package}; " if files.debian_package else ""
    wanted = ", ".join(files.checksums)
    raise DataUnavailableError(
        f"the data set '{files.name}' is not on this machine and {reason}; any of these helps: "
        f"set VERSUS_DATA to a folder that holds {files.name}/ with its four files ({wanted}; "
        f"plain or .gz); put them into {folder}; {package}connect to the internet and run this "
        "again; or use `--data digits`, which needs nothing"
    )
