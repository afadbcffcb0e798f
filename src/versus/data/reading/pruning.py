"""What the cache keeps of own pictures, and making it smaller."""

import time
from dataclasses import dataclass
from pathlib import Path

from versus.data.files import writing_cache
from versus.data.reading.stored import entry_folder
from versus.filesystem.atomic import remove_folder
from versus.filesystem.locks import is_held
from versus.filesystem.placed import remove_leftovers

_DAY = 86_400.0


@dataclass(frozen=True)
class Entry:
    """One prepared set of pictures.

    Attributes:
        folder: that holds it.
        size: in bytes.
        days: since it was last used.
    """

    folder: Path
    size: int
    days: float


def entries(cache: Path) -> list[Entry]:
    """Return what is kept, the longest unused first."""
    folder = entry_folder(cache)
    if not folder.is_dir():
        return []
    now, found = time.time(), list[Entry]()
    for one in folder.iterdir():
        if one.is_dir() and not one.name.startswith("."):
            size = sum(file.stat().st_size for file in one.iterdir())
            found.append(Entry(one, size, max(0.0, (now - one.stat().st_mtime) / _DAY)))
    return sorted(found, key=lambda entry: -entry.days)


def prune(cache: Path, days: float) -> list[Entry]:
    """Remove what was not used for so many days, and what killed processes left; return it.

    What is being made just now stays. A training that reads an entry keeps what it reads.

    Raises:
        DataError: the cache cannot be written to.
    """
    gone: list[Entry] = []
    with writing_cache(cache):
        for entry in entries(cache):
            if entry.days >= days and not is_held(entry.folder.with_suffix(".lock")):
                remove_folder(entry.folder)
                gone.append(entry)
        for folder in (entry_folder(cache), cache / "unpacked"):
            if folder.is_dir():
                remove_leftovers(folder)
    return gone
