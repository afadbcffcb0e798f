"""A figure as the bytes of a file: the same figure gives the same bytes, with any letters."""

import io
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from versus.figures.style import any_letters

Format = Literal["png", "svg", "pdf"]
PAPER_DPI, SCREEN_DPI = 300, 120
"""Pixels an inch of a PNG. Graphs of deep networks and grids of pictures are large at 120."""

# Letters stay letters, so that they can be searched and set again; no date, so that the same
# numbers give the same bytes.
_SETTINGS: Any = {"svg.hashsalt": "versus", "pdf.fonttype": 42}
_UNDATED: dict[Format, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def figure_bytes(figure: Figure, form: Format, dpi: int = PAPER_DPI) -> bytes:
    """Return a figure as the bytes of a file.

    Args:
        figure: to be kept.
        form: of the file.
        dpi: pixels an inch, of a PNG.
    """
    buffer = io.BytesIO()
    with mpl.rc_context(_SETTINGS), any_letters():
        figure.savefig(buffer, format=form, dpi=dpi, metadata=_UNDATED[form])
    return buffer.getvalue()
