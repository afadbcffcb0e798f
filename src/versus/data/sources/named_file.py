"""A picture file that a row of a table names by its path."""

import os
from collections.abc import Sequence
from pathlib import Path

from versus.data.decoding import MOST_BYTES
from versus.data.files import reading
from versus.data.sources.names import shown
from versus.errors import DataFormatError


def named_file(folders: Sequence[Path], name: str, where: str) -> bytes:
    """Return the bytes of a picture that a row names by its path.

    Args:
        folders: that it may lie in, in the order in which they are looked through.
        name: the path.
        where: the row, for messages.

    Raises:
        DataFormatError: it leads outside of the folders, is not there, or is far too large.
    """
    insides = [Path(os.path.realpath(folder)) for folder in folders]
    for inside in insides:
        path = Path(os.path.realpath(inside / name.replace("\\", "/")))
        if path.is_file() and any(path.is_relative_to(each) for each in insides):
            with reading(path), path.open("rb") as file:
                return file.read(min(path.stat().st_size, MOST_BYTES) + 1)
    raise DataFormatError(
        f"{where}: names the picture '{shown(name[:200])}', which does not lie beside the table: "
        "expected the picture itself, or a file in the table's folder: save the data set with its "
        "pictures embedded"
    )
