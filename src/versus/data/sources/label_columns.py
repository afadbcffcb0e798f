"""Where a table says the class of a picture: in one column, or in a column of 0 and 1 a class."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from versus.data.options import ReadOptions
from versus.data.sources.columns import LABEL_NAMES
from versus.data.sources.csv_table import CsvTable, column, pick
from versus.data.sources.names import shown
from versus.errors import DataError

LOOKED_AT = 20
"""Rows that tell what a column holds."""

_NUMBERS_OF_ROWS = frozenset(["", "unnamed: 0", "index", "idx"])
_YES, _NO = frozenset(["1", "1.0"]), frozenset(["0", "0.0"])


@dataclass(frozen=True)
class LabelColumns:
    """Columns of a table that say the class: one that names it, or several of which one holds 1."""

    table: CsvTable
    places: tuple[int, ...]

    def label(self, line: int, row: Sequence[str]) -> str:
        """Return the class of a row.

        Raises:
            DataError: the row has none, or more than one.
        """
        if len(self.places) == 1:
            text = row[self.places[0]].strip()
            if not text:
                raise DataError(
                    f"{self.table.where}: line {line} has no label in column "
                    f"'{shown(self.table.header[self.places[0]])}': expected a class: fill it in "
                    "or remove the line"
                )
            return text
        marked = [self.table.header[place] for place in self.places if row[place].strip() in _YES]
        others = [place for place in self.places if row[place].strip() not in _YES | _NO]
        if len(marked) != 1 or others:
            of = ", ".join(shown(name) for name in marked[:5]) or "none"
            raise DataError(
                f"{self.table.where}: line {line} marks {len(marked)} classes ({of}): expected a 1 "
                "in the column of one class and 0 in the others: mend or remove the line, or say "
                "which column holds the label with --keys label=..."
            )
        return marked[0]


def label_columns(
    table: CsvTable, images: int, split: int | None, options: ReadOptions
) -> LabelColumns:
    """Return where a table that names pictures says their classes.

    Args:
        table: of pictures.
        images: the column that names them.
        split: the column of splits, or None.
        options: `keys` may name the column.

    Raises:
        DataError: it cannot be told.
    """
    if "label" in options.keys:
        return LabelColumns(table, (column(table, options.keys["label"], "--keys label="),))
    named = pick(table.header, LABEL_NAMES)
    if named is not None and table.header.index(named) != images:
        return LabelColumns(table, (table.header.index(named),))
    others = [
        place
        for place, name in enumerate(table.header)
        if place not in (images, split)
        and name.lower() not in _NUMBERS_OF_ROWS
        and name != options.group
    ]
    if len(others) == 1 or (len(others) > 1 and _one_of_them(table, others)):
        return LabelColumns(table, tuple(others))
    listed = ", ".join(shown(table.header[place]) for place in others)
    raise DataError(
        f"{table.where}: expected one column of labels; it could be any of {listed}: say which "
        "with --keys label=..."
    )


def is_number_of_row(name: str) -> bool:
    """Whether a column is called as programs call the one in which they count the rows."""
    return name.lower() in _NUMBERS_OF_ROWS


def _one_of_them(table: CsvTable, places: Sequence[int]) -> bool:
    """Whether the columns hold 0 and 1, with a 1 in one of them in most rows."""
    first = [[row[place].strip() for place in places] for _, row in islice(table.rows(), LOOKED_AT)]
    if not first or not all(text in _YES | _NO for row in first for text in row):
        return False
    return 2 * sum(sum(text in _YES for text in row) == 1 for row in first) > len(first)
