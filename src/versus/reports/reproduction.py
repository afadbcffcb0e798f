"""The page of a reproduction: what documents print beside what was measured."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from versus.filesystem.atomic import write_file
from versus.library.reproduction import cells
from versus.library.reproduction.epochs import said_of_epochs
from versus.library.reproduction.rows import DocumentRows
from versus.library.reproduction.text import NAME, tally
from versus.reports.numbers import listed, plural
from versus.reports.printed_curves import curve_drawings
from versus.reports.shell import render_page
from versus.studies.watching.duration import clock


def write_reproduction_page(documents: Sequence[DocumentRows], out: Path, command: str) -> Path:
    """Write `reproduction.html` into `out`, and return where it is.

    Args:
        documents: of `reproduce`.
        out: a folder.
        command: that made it.

    Raises:
        OSError: it cannot be written.
    """
    contents = {
        "documents": documents,
        "command": command,
        "answer": _answer(documents),
        "tally": tally(documents),
        "said_of_epochs": said_of_epochs,
        "curve_drawings": curve_drawings,
        "cells": cells,
        "clock": clock,
    }
    path = out / f"{NAME}.html"
    write_file(path, render_page("reproduction.html", contents, ("sort.js",)).encode())
    return path


def _answer(documents: Sequence[DocumentRows]) -> str:
    """Return how many systems came to what, in a sentence."""
    words = Counter(system.outcome for document in documents for system in document.systems)
    if not words:
        return "No system."
    found = words.pop("reproduced", 0)
    said = f"{found} of {plural(found + words.total(), 'system')} reproduced"
    # "2 differ", not "2 differs".
    others = [
        f"{number} {'differ' if word == 'differs' and number > 1 else word}"
        for word, number in words.most_common()
    ]
    return f"{said}; {listed(others)}." if others else f"{said}."
