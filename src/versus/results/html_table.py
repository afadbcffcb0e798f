"""A table as HTML, as a notebook shows a study or a run."""

import html
import math
from collections.abc import Iterable, Sequence


def html_table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Return a table; names are escaped, numbers have few digits, what is missing is a dash.

    Args:
        head: names of the columns; none where () is given.
        rows: the first cell of each names it.
        caption: above the table; left out where "".
    """
    lines = [f"<caption>{html.escape(caption)}</caption>"] if caption else []
    if head:
        lines.append(_row(head, "th"))
    lines += [_row(row, "td") for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _row(cells: Sequence[object], rest: str) -> str:
    first, *others = (html.escape(_text(cell)) for cell in cells)
    style = ' style="text-align: left"'
    shown = "".join(f"<{rest}>{cell}</{rest}>" for cell in others)
    return f"<tr><th{style}>{first}</th>{shown}</tr>"


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "\u2013" if value is None else str(value)
    if math.isnan(value):  # what pandas makes of a missing number
        return "\u2013"
    if isinstance(value, int) or (abs(value) >= 1000 and value.is_integer()):
        return f"{int(value):,}"
    return f"{value:,.4f}" if abs(value) < 10 else f"{value:,.1f}"
