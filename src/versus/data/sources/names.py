"""Names of files and folders: which are junk, which say a split, how one is shown in a message."""

import re

PICTURE_SUFFIXES = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".webp",
        ".bmp",
        ".dib",
        ".gif",
        ".tif",
        ".tiff",
        ".apng",
    ]
)

# What operating systems, file managers and notebooks leave behind.
_JUNK = frozenset(
    [
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
        "@eadir",
        "$recycle.bin",
        "__pycache__",
        "lost+found",
    ]
) | {"system volume information"}

SPLITS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "t10k": "test",
}
"""What splits are called in the wild, in lower case, and their names here."""


def is_junk(name: str) -> bool:
    """Whether a file or folder of this name is hidden or some system's own."""
    return name.startswith(".") or name.lower() in _JUNK


def junk_path(path: str) -> bool:
    """Whether any part of a path, with "/" between, is junk."""
    return any(is_junk(part) for part in path.split("/"))


def suffix(name: str) -> str:
    """Return the last suffix in lower case, with its point; "" without one."""
    stem, point, end = name.rpartition("/")[2].rpartition(".")
    return f".{end.lower()}" if point and stem else ""


def split_of(name: str) -> str:
    """Return "train", "validation" or "test" if that is what a name says as a whole, else ""."""
    return SPLITS.get(name.strip().lower(), "")


def split_within(name: str) -> str:
    """Return the split that one of the words in a name says: "emnist-train-images" is train."""
    found = {SPLITS[word] for word in re.split(r"[^a-z0-9]+", name.lower()) if word in SPLITS}
    return found.pop() if len(found) == 1 else ""


def split_above(path: str) -> str:
    """Return the split that the nearest folder says which says one, of those a file lies in."""
    folders = reversed(path.split("/")[:-1])
    return next((split_of(folder) for folder in folders if split_of(folder)), "")


def shown(name: str) -> str:
    """Return a name fit for one line of a message: what cannot be printed as an escape."""
    if name.isprintable():  # nearly always; a name that is no UTF-8 is not
        return name
    plain = name.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain)


def sort_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: "9" before "10", "a" before "b"; the same on every system."""
    return tuple(
        (0, int(part), part) if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in re.split(r"(\d+)", name)
        if part
    )
