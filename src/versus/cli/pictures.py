"""The pictures that a command line names: files, folders of them, or one on stdin."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from versus.cli.printable import printable
from versus.errors import DataError, DataUnavailableError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
STDIN = "-"
MOST_BYTES = 2**28


@dataclass(frozen=True)
class Picture:
    """One picture that is still to be read.

    Attributes:
        name: as it is told.
        path: None for stdin.
    """

    name: str
    path: Path | None

    def read(self) -> bytes:
        """Return the file's bytes.

        Raises:
            DataError: it cannot be read, or is larger than any picture may be.
        """
        try:
            if self.path is None:
                return sys.stdin.buffer.read(MOST_BYTES + 1)
            with self.path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except OSError as cause:
            raise DataError(
                f"{self.name}: cannot be read: {cause.strerror or cause}: check the path"
            ) from cause


def find_pictures(given: Sequence[str]) -> list[Picture]:
    """Return every picture, those of a folder by name.

    Of a folder those files count whose name ends as a picture's does, in folders below it too;
    hidden ones do not, nor pipes and devices, which would be waited for without end.

    Raises:
        DataUnavailableError: a folder has no picture, or stdin was named twice.
    """
    if list(given).count(STDIN) > 1:
        raise DataUnavailableError("stdin holds one picture: give - once")
    found: list[Picture] = []
    for text in given:
        path = Path(text)
        if text == STDIN:
            found.append(Picture("stdin", None))
        elif path.is_dir():
            inside = [Picture(printable(str(each)), each) for each in _below(path)]
            if not inside:
                raise DataUnavailableError(
                    f"{path}: expected pictures ({', '.join(SUFFIXES)}) in this folder; there is "
                    "none"
                )
            found += inside
        else:
            found.append(Picture(printable(text), path))
    return found


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place) / name
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            if path.is_file() or not path.exists():  # a link that leads nowhere is told
                yield path
