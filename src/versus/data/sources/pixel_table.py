"""A CSV whose rows are pictures: a label and a pixel a column, as on Kaggle."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.files import looks_like
from versus.data.options import ReadOptions
from versus.data.sources.columns import LABEL_NAMES, SPLIT_NAMES, split_word
from versus.data.sources.csv_table import (
    CsvTable,
    column,
    is_of_pixels,
    joined_column,
    pick,
    read_table,
)
from versus.data.sources.found import Found, RawLabels
from versus.data.sources.label_arrays import as_labels
from versus.data.sources.label_columns import is_number_of_row
from versus.data.sources.names import shown, split_within, suffix
from versus.data.sources.npy import ArrayFile, in_memory
from versus.data.sources.pixel_arrays import PixelArrays
from versus.data.sources.tree import Tree
from versus.errors import ConfigurationError, DataError

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class _Columns:
    """Which column is what; `split` and `group` may be None."""

    label: int
    split: int | None
    group: int | None
    pixels: tuple[int, ...]
    joined: bool


def find_pixel_tables(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what CSV files of pixels hold; None where there are none.

    Raises:
        DataError: a value is no whole number from 0 to 255, a row is not whole, or labels are
            missing; the message names line and column.
    """
    names = [n for n in tree.files if suffix(n.removesuffix(".gz")) in (".csv", ".tsv", ".txt")]
    if not names and len(tree.files) == 1:
        names = [name for name in tree.files if _is_text(tree, name)]
    tables = [
        table
        for name in names
        if (table := read_table(tree, name)) is not None and is_of_pixels(table)
    ]
    if not tables:
        return None
    labelled = [table for table in tables if _label(table, options) is not None]
    if not labelled:
        raise DataError(
            f"{tables[0].where}: expected a column of labels beside those of pixels; its first are "
            f"{', '.join(map(shown, tables[0].header[:5]))}: say which with --keys label=..."
        )
    arrays: list[ArrayFile] = []
    labels: list[RawLabels] = []
    splits: list[str] = []
    groups: list[str] = []
    for table in labelled:
        columns = _columns(table, options)
        pixels, values, of_split, of_group = _read(table, columns)
        arrays.append(in_memory(table.where, pixels))
        labels.append(as_labels(values, table.where))
        whole = split_within(table.name.rpartition("/")[2])
        splits += [split_word(text) if columns.split is not None else whole for text in of_split]
        groups += of_group
    if options.group is not None and not groups:
        raise ConfigurationError(
            f"--group: expected a column of {labelled[0].where}; there is none called "
            f"{options.group!r}"
        )
    found = PixelArrays(arrays, options.size)
    unused = len(tables) - len(labelled)
    notes = {**found.notes, **({"tables without labels": unused} if unused else {})}
    return Found("a CSV of pixels", found, _joined(labels), splits, groups or None, None, notes)


def _is_text(tree: Tree, name: str) -> bool:
    with tree.open(name) as file:
        return looks_like(file.read(256)) == "a text file"


def _joined(parts: Sequence[RawLabels]) -> RawLabels:
    numbers = [part for part in parts if isinstance(part, np.ndarray)]
    if len(numbers) == len(parts):
        return np.concatenate(numbers)
    return [str(label) for part in parts for label in part]


def _label(table: CsvTable, options: ReadOptions) -> int | None:
    if "label" in options.keys:
        return column(table, options.keys["label"], "--keys label=")
    if not table.has_header:
        return 0
    name = pick(table.header, LABEL_NAMES)
    return None if name is None else table.header.index(name)


def _columns(table: CsvTable, options: ReadOptions) -> _Columns:
    label = _label(table, options)
    assert label is not None  # noqa: S101
    name = pick(table.header, SPLIT_NAMES)
    split = None if name is None else table.header.index(name)
    group = table.header.index(options.group) if options.group in table.header else None
    one = joined_column(table)
    pixels = (
        (one,)
        if one is not None
        else tuple(
            i
            for i, name in enumerate(table.header)
            if i not in (label, split, group) and not is_number_of_row(name)
        )
    )
    return _Columns(label, split, group, pixels, joined=one is not None)


def _read(
    table: CsvTable, columns: _Columns
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any], list[str], list[str]]:
    """Return pixels `[n, values]`, labels, splits and groups as texts."""
    labels: list[str] = []
    splits: list[str] = []
    groups: list[str] = []
    parts: list[npt.NDArray[np.uint8]] = []
    for lines, rows in _chunks(table):
        labels += [row[columns.label] for row in rows]
        splits += ["" if columns.split is None else row[columns.split] for row in rows]
        groups += [] if columns.group is None else [row[columns.group] for row in rows]
        parts.append(_pixels(table, columns, lines, rows))
        if parts[-1].shape[1] != parts[0].shape[1]:
            raise DataError(f"{table.where}: rows of different numbers of pixels: mend the file")
    if not parts:
        raise DataError(f"{table.where}: expected rows of pixels; got a header alone: add rows")
    return np.concatenate(parts), _label_values(labels, table, columns), splits, groups


def _chunks(table: CsvTable) -> Iterator[tuple[list[int], list[list[str]]]]:
    lines: list[int] = []
    rows: list[list[str]] = []
    for line, row in table.rows():
        lines.append(line)
        rows.append(row)
        if len(rows) == _ROWS_AT_ONCE:
            yield lines, rows
            lines, rows = [], []
    if rows:
        yield lines, rows


def _pixels(
    table: CsvTable, columns: _Columns, lines: list[int], rows: list[list[str]]
) -> npt.NDArray[np.uint8]:
    if columns.joined:
        texts = [row[columns.pixels[0]].split() for row in rows]
        for line, text in zip(lines, texts, strict=True):
            if len(text) != len(texts[0]):
                raise DataError(
                    f"{table.where}: line {line} holds {len(text):,} pixels: expected "
                    f"{len(texts[0]):,} as in line {lines[0]}: mend or remove it"
                )
    else:
        texts = [[row[place] for place in columns.pixels] for row in rows]
    try:
        values = np.array(texts, dtype="U32").astype(np.float64)
    except ValueError:
        values = np.full((len(texts), len(texts[0])), math.nan)
    fine = (values >= 0) & (values <= 255) & (values == np.floor(values))
    if not fine.all():
        _refuse(table, columns, lines, texts)
    return values.astype(np.uint8)


def _refuse(table: CsvTable, columns: _Columns, lines: list[int], texts: list[list[str]]) -> None:
    """Raise DataError for the first value that is no pixel."""
    for line, row in zip(lines, texts, strict=True):
        for place, text in enumerate(row):
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not (0 <= value <= 255 and value == math.floor(value)):
                name = f"pixel {place} of '{table.header[columns.pixels[0]]}'"
                if not columns.joined:
                    name = f"column '{shown(table.header[columns.pixels[place]])}'"
                raise DataError(
                    f"{table.where}: line {line}, {name}: got '{shown(text)}': expected a whole "
                    "number from 0 to 255: mend or remove the line"
                )


def _label_values(labels: list[str], table: CsvTable, columns: _Columns) -> npt.NDArray[Any]:
    stripped = [label.strip() for label in labels]
    if "" in stripped:
        raise DataError(
            f"{table.where}: row {stripped.index('')} of the data has no label in column "
            f"'{shown(table.header[columns.label])}': expected a class: fill it in or remove it"
        )
    try:
        return np.array(stripped, dtype="U64").astype(np.float64)
    except ValueError:
        return np.array(stripped)
