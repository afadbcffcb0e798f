"""Figures that a command writes into one file, whose ending says in which format."""

import io
import re
from pathlib import Path
from typing import Any

from versus.errors import ConfigurationError, ResultsError


def check_drawing(path: Path, option: str) -> None:
    """Raise ConfigurationError unless the file's ending is .svg or .png."""
    if _format(path) not in ("svg", "png"):
        raise ConfigurationError(f"{option}: expected a file ending in .svg or .png; got {path}")


def keep_drawing(figure: Any, path: Path, option: str) -> None:
    """Write a figure into a file, whole or not at all.

    Raises:
        ResultsError: the file cannot be written.
    """
    from versus.filesystem.atomic import write_file

    picture = io.BytesIO()
    figure.savefig(picture, format=_format(path), dpi=120)
    try:
        write_file(path, picture.getvalue())
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
