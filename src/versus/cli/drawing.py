"""Figures that a command writes into one file, whose ending says in which format."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from versus.errors import ConfigurationError, ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from versus.figures.files import Format


def check_drawing(path: Path, option: str) -> None:
    """Raise ConfigurationError unless the file's ending is .svg or .png."""
    if _format(path) not in ("svg", "png"):
        raise ConfigurationError(f"{option}: expected a file ending in .svg or .png; got {path}")


def keep_drawing(figure: "Figure", path: Path, option: str) -> None:
    """Write a figure into a file, whole or not at all.

    Raises:
        ResultsError: the file cannot be written.
    """
    from versus.figures.files import SCREEN_DPI, figure_bytes
    from versus.filesystem.atomic import write_file

    picture = figure_bytes(figure, cast("Format", _format(path)), SCREEN_DPI)
    try:
        write_file(path, picture)
    except OSError as cause:
        raise ResultsError(f"{path}: {cause.strerror or cause}: choose another {option}") from cause


def parse_form(text: str, option: str) -> dict[str, int]:
    """Return "rows" and "columns" of a grid from "4x10".

    Raises:
        ConfigurationError: the text is no such form.
    """
    found = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text)
    if not found:
        raise ConfigurationError(f"{option}: expected ROWSxCOLUMNS, as 4x10; got {text!r}")
    return {"rows": int(found[1]), "columns": int(found[2])}


def _format(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")
