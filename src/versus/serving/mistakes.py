"""Mistakes: pictures that a model got wrong, saved with their true label for the next training.

DIR/NAME.png and DIR/labels.csv, which names file and label: what `--data DIR` reads. The table
takes any class name, which a folder's name could not.
"""

import csv
import hashlib
import io
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from versus.bundles.picture import png
from versus.errors import ConfigurationError
from versus.filesystem.atomic import make_folders, write_file
from versus.serving.refusal import RefusalError

TABLE = "labels.csv"
COLUMNS = ("file", "label")
MOST = 10_000
"""Pictures in one folder; the table is written anew with each."""
MOST_TABLE_BYTES = 2**24


@dataclass(frozen=True)
class Kept:
    """A picture that was saved: its file's name, and how many there are now."""

    file: str
    count: int


class Mistakes:
    """A folder of labelled pictures; may be used by several threads."""

    def __init__(self, folder: Path) -> None:
        """Read what is in the folder already.

        Raises:
            ConfigurationError: it cannot be made or written, or its table is not one of these.
        """
        self.folder = folder
        self._lock = threading.Lock()
        try:
            make_folders(folder)
            self._labels = self._read()
        except OSError as cause:
            raise ConfigurationError(f"{folder}: cannot be used: {cause.strerror}") from cause

    def add(self, pixels: npt.NDArray[np.uint8], label: str) -> Kept:
        """Save a picture, `[height, width, 1 or 3]`; the same one again only changes its label.

        Raises:
            RefusalError: 503: the folder is full, or cannot be written.
        """
        content = png(pixels)
        # The name follows from the pixels alone: nothing of a request becomes part of a path.
        name = f"{hashlib.sha256(pixels.tobytes()).hexdigest()[:24]}.png"
        with self._lock:
            if name not in self._labels and len(self._labels) >= MOST:
                raise RefusalError(503, f"{MOST:,} pictures are saved already: use another folder")
            labels = {**self._labels, name: label}
            try:
                write_file(self.folder / name, content)
                write_file(self.folder / TABLE, _table(labels))
            except OSError as cause:
                raise RefusalError(503, f"cannot be saved: {cause.strerror or cause}") from cause
            self._labels = labels
            return Kept(name, len(labels))

    def _read(self) -> dict[str, str]:
        path = self.folder / TABLE
        if not path.exists():
            return {}
        rows = list(csv.reader(io.StringIO(path.read_bytes()[:MOST_TABLE_BYTES].decode())))
        if not rows or tuple(rows[0]) != COLUMNS or any(len(row) != 2 for row in rows):
            raise ConfigurationError(
                f"{path}: expected a table of file and label, as this server writes it; got "
                "another: give another folder with --save"
            )
        return {row[0]: row[1] for row in rows[1:]}


def _table(labels: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *labels.items()])
    return text.getvalue().encode()
