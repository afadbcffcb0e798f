"""Data sets by name or by path: `load`, which is `versus.load`, and `find`."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from versus.data import cache
from versus.data.dataset import Dataset
from versus.data.idx_folder import STEMS, missing_files, read_folder
from versus.data.named_sets import DIGITS, FASHION_TOPS, NAMED_SETS, NamedSet
from versus.errors import DataUnavailableError, UnknownNameError

if TYPE_CHECKING:
    from versus.data.options import OptionValues, Reading, ReadOptions

HUB = "hub:"
"""What the name of a data set of the Hugging Face Hub begins with."""


@dataclass(frozen=True)
class Place:
    """Where a data set was found.

    Attributes:
        kind: "embedded" (inside scikit-learn), "VERSUS_DATA", "VERSUS_DATA, incomplete",
            "cache", "system" or "folder" (which a file may be too).
        folder: the folder of its four IDX files, or its path; None where it is embedded.
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
        UnknownNameError: `name` is neither a data set nor a path.
        DataUnavailableError: `name` is a path where there is nothing.
    """
    named = _named(name)
    if named is None:
        return Place(*_own_place(name))
    if not named.files_of:
        return Place("embedded")
    found = cache.find_folder(named.files_of)
    return Place(*found) if found else None


def load(
    name: str | os.PathLike[str], *, download: bool = True, **options: "Unpack[OptionValues]"
) -> Dataset:
    """Load a data set, as `versus.load("mnist")` or `versus.load("my/pictures", size=28)`.

    Args:
        name: a built-in name ("digits", "mnist", "fashion-mnist", "fashion-mnist-tops"); the name
            of a folder or file inside one of VERSUS_DATA; the path of a folder, archive or file;
            or "hub:NAME", a data set of the Hugging Face Hub, for which alone there is network
            use unless a built-in one is missing.
        download: whether a set that is not on this machine may be downloaded.
        options: as `versus.data.options.ReadOptions` has them: `size` (a number, a pair or
            "28x32"), `channels`, `invert`, `fit`, `keys`, `group`, `val_fraction`,
            `test_fraction`, `skip_bad`, `seed`. A built-in set takes the first four.

    Returns:
        The Dataset; the files of a built-in one are checked by SHA-256 wherever they lie.

    Raises:
        UnknownNameError: `name` is neither a data set nor a path, or there is no such option.
        DataUnavailableError: the files are not on this machine and cannot be downloaded.
        DataError: the files cannot be read, or are not what they should be.
        ConfigurationError: an option cannot be, or does not fit this data set.
    """
    from versus.data.options import make_options  # brings pydantic; lists do without

    asked = make_options(options)
    named = _named(name)
    if named is None:
        return _load_own(name, asked, download=download)
    from versus.data.reading.whole import prepared  # brings Pillow

    return prepared(_load_named(named, download=download), asked)


def load_recorded(name: str, reading: "Reading | None", *, download: bool = True) -> Dataset:
    """Load again what a record names: by its path and options where it was read so.

    Raises:
        DataError: as `load`.
    """
    if reading is None:
        return load(name, download=download)
    options: Any = reading.options
    path = reading.path
    there = path in NAMED_SETS or path.startswith(HUB)
    return load(path if there else Path(path), download=download, **options)


def _load_named(named: NamedSet, *, download: bool) -> Dataset:
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


def _load_own(name: str | os.PathLike[str], options: "ReadOptions", *, download: bool) -> Dataset:
    # These bring Pillow, which lists of data sets do without.
    from versus.data.reading.own import read_own
    from versus.data.reading.whole import prepared, read_idx_folder

    if isinstance(name, str) and name.startswith(HUB):
        from versus.data.reading.hub import read_hub

        return read_hub(name.removeprefix(HUB), options, download=download)
    _, path = _own_place(name)
    title = _title(path)
    if _is_idx_folder(path) and not options.concerns_splits:
        return prepared(read_idx_folder(path, title), options)
    return read_own(path, title, options)


def _is_idx_folder(path: Path) -> bool:
    """Whether a folder holds MNIST's four files, or some of them, which it is to be told of.

    A folder of train pictures and labels alone is read as any IDX files are.
    """
    missing = missing_files(path)
    return len(missing) < len(STEMS) and missing != list(STEMS[2:])


def _title(path: Path) -> str:
    """Return what a data set at a path is called: its folder, or its file without suffixes."""
    name = path.resolve().name
    if not path.is_dir():
        for suffix in (".gz", ".bz2", ".xz", ".tar", ".tgz", ".zip", ".npz", ".npy", ".csv",
                       ".parquet", ".arrow"):  # fmt: skip
            name = name.removesuffix(suffix)
    return name or "pictures"


def _named(name: str | os.PathLike[str]) -> NamedSet | None:
    """Return the built-in set of this name; a Path object is always a path."""
    return NAMED_SETS.get(name) if isinstance(name, str) else None


def _own_place(name: str | os.PathLike[str]) -> tuple[str, Path]:
    """Return (kind of place, folder) of a set that is not built in."""
    text = os.fspath(name)
    is_path = not isinstance(name, str) or text in (".", "..") or {"/", os.sep} & set(text)
    if not is_path:
        for entry in cache.data_path():
            if text and _exists(entry / text):
                return "VERSUS_DATA", entry / text
    path = Path(text).expanduser()
    if text and _exists(path):
        return "folder", path
    if is_path:
        raise DataUnavailableError(
            f"{path}: expected a folder or file of pictures; there is none: check the path"
        )
    hint = "the path of a folder, archive or file of pictures will do too"
    raise UnknownNameError("data set", text, names(), hint, see="versus data list")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long for the system, or holds a zero byte
        return False


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
