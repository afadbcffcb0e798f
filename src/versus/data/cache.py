"""The folders where the files of a data set may lie on this machine."""

import os
from contextlib import suppress
from pathlib import Path

from versus.data.idx_folder import missing_files

SYSTEM_FOLDER = Path("/usr/share/datasets")
"""Where Debian's packages put theirs."""


def data_path() -> list[Path]:
    """Return the folders of the environment variable VERSUS_DATA, a path list, in order."""
    entries = os.environ.get("VERSUS_DATA", "").split(os.pathsep)
    return [Path(entry).expanduser() for entry in entries if entry.strip()]


def cache_folder() -> Path:
    """Return where downloaded sets are kept: `data/` in VERSUS_CACHE or the user's cache."""
    root = os.environ.get("VERSUS_CACHE", "").strip()
    if root:
        return Path(root).expanduser() / "data"
    import platformdirs  # only where it is needed: lists and --help start sooner

    return Path(platformdirs.user_cache_dir("versus")) / "data"


def search_places(name: str) -> list[tuple[str, Path]]:
    """Return where the set `name` is looked for, first to last, as (kind of place, folder)."""
    return [
        *(("VERSUS_DATA", folder / name) for folder in data_path()),
        ("cache", cache_folder() / name),
        ("system", SYSTEM_FOLDER / name),
    ]


def find_folder(name: str) -> tuple[str, Path] | None:
    """Return (kind of place, folder) of the first place that holds all four files of `name`.

    Where there is none, a folder of VERSUS_DATA that holds only some is returned as "VERSUS_DATA,
    incomplete": someone put it there on purpose, so it is to be read, and to fail with the names
    of what it lacks, rather than passed over for a download. Else None.
    """
    places = search_places(name)
    for kind, folder in places:
        if not missing_files(folder):
            return kind, folder
    for kind, folder in places:
        if kind == "VERSUS_DATA" and folder.is_dir():
            return f"{kind}, incomplete", folder
    return None


def names_in_data_path() -> list[str]:
    """Return the names of the folders in VERSUS_DATA that hold all four files, sorted."""
    found: set[str] = set()
    for entry in data_path():
        with suppress(OSError):  # no such folder, or not to be read: nothing to list
            found.update(folder.name for folder in entry.iterdir() if not missing_files(folder))
    return sorted(found)
