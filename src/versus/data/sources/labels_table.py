"""Pictures with a table beside them: each row names a file and its label."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from versus.data.options import ReadOptions
from versus.data.sources.columns import SPLIT_NAMES, split_word
from versus.data.sources.csv_table import CsvTable, column, is_of_pixels, pick, read_table
from versus.data.sources.folder_tree import folder_tree
from versus.data.sources.found import Found
from versus.data.sources.image_folder import groups_of
from versus.data.sources.label_columns import LOOKED_AT, label_columns
from versus.data.sources.names import (
    PICTURE_SUFFIXES,
    shown,
    split_above,
    split_within,
    suffix,
)
from versus.data.sources.picture_files import PictureFiles
from versus.data.sources.tree import Tree
from versus.errors import ConfigurationError, DataError

_TABLE_SUFFIXES = (".csv", ".tsv")


@dataclass
class _Rows:
    names: list[str] = field(default_factory=list[str])
    labels: list[str] = field(default_factory=list[str])
    splits: list[str] = field(default_factory=list[str])
    groups: list[str] = field(default_factory=list[str])
    missing: int = 0
    elsewhere: int = 0


def tree_beside(tree: Tree, path: Path) -> Tree:
    """Return the tree of a table's folder where `path` is a table that names pictures there.

    Args:
        tree: of the file at `path`.
        path: of a file or folder.
    """
    if path.is_dir() or suffix(path.name) not in _TABLE_SUFFIXES or len(tree.files) != 1:
        return tree
    table = read_table(tree, path.name)
    if table is None or is_of_pixels(table):
        return tree
    beside = folder_tree(path.parent)
    others = {
        name: member
        for name, member in beside.files.items()
        if name == path.name or suffix(name) not in _TABLE_SUFFIXES
    }
    return replace(beside, files=others)


def find_labels_table(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what tables that name pictures hold; None where there is none.

    Raises:
        DataError: a file that is named is not there, a row has no label, or it cannot be told
            which column is what.
    """
    pictures = {name: name for name in tree.files if suffix(name) in PICTURE_SUFFIXES}
    if not pictures:
        return None
    by_end = _by_end(pictures)
    tables = [
        (_with_its_first_row(table, images, by_end), images)
        for table in _tables(tree)
        if (images := _image_column(table, by_end, options)) is not None
    ]
    if not tables:
        if "image" in options.keys or "label" in options.keys:
            raise ConfigurationError(
                f"--keys: expected a CSV in {shown(str(tree.path))} with a column that names its "
                "pictures; there is none"
            )
        return None
    rows = _Rows()
    for table, images in tables:
        _read(table, images, by_end, options, rows, alone=len(tables) == 1)
    groups = rows.groups or groups_of(rows.names, options.group, tree)
    unnamed = len(pictures) - len(set(rows.names))
    notes = {
        "hidden or system files": tree.ignored,
        "pictures that no table names": unnamed,
        "rows without their picture": rows.missing,
        "rows that name another folder": rows.elsewhere,
    }
    return Found(
        format=f"pictures with a table ({', '.join(shown(t.name) for t, _ in tables)})",
        pictures=PictureFiles(tree, rows.names),
        labels=rows.labels,
        splits=rows.splits,
        groups=groups,
        notes={what: count for what, count in notes.items() if count},
    )


def _tables(tree: Tree) -> list[CsvTable]:
    names = [name for name in tree.files if suffix(name) in _TABLE_SUFFIXES]
    # Kaggle's "sample_submission.csv" shows what an answer looks like: its labels are no one's.
    real = [name for name in names if "submission" not in name.rpartition("/")[2].lower()]
    return [table for name in real or names if (table := read_table(tree, name)) is not None]


def _by_end(pictures: Mapping[str, str]) -> dict[str, str]:
    """Return pictures by their path, and by the ends of it and without suffix where unambiguous."""
    found: dict[str, str] = {}
    ambiguous: set[str] = set()
    for name in pictures:
        parts = name.split("/")
        ends = {"/".join(parts[start:]) for start in range(len(parts))}
        for end in ends | {end.rpartition(".")[0] for end in ends}:
            if found.setdefault(end, name) != name:
                ambiguous.add(end)
    return {end: name for end, name in found.items() if end not in ambiguous or end == name}


def _image_column(table: CsvTable, by_end: Mapping[str, str], options: ReadOptions) -> int | None:
    """Return the column whose first values are names of pictures."""
    if "image" in options.keys and options.keys["image"] in table.header:
        return table.header.index(options.keys["image"])
    first = [row for _, row in islice(table.rows(), LOOKED_AT)]
    hits = [
        sum(_find(table, by_end, row[place]) is not None for row in first)
        for place in range(len(table.header))
    ]
    best = max(range(len(hits)), key=hits.__getitem__, default=0)
    return best if hits and 2 * hits[best] > len(first) else None


def _with_its_first_row(table: CsvTable, images: int, by_end: Mapping[str, str]) -> CsvTable:
    """Return a table whose first row is data too where it names a picture."""
    if not table.has_header or _find(table, by_end, table.header[images]) is None:
        return table
    numbers = tuple(str(place) for place in range(len(table.header)))
    return replace(table, header=numbers, has_header=False)


def _normal(text: str) -> str:
    return text.strip().replace("\\", "/").removeprefix("./")


def _find(table: CsvTable, by_end: Mapping[str, str], text: str) -> str | None:
    """Return the picture that is named: beside the table, or below.

    Of a path the end counts: it may begin in a folder of another machine.
    """
    plain = _normal(text)
    beside = f"{table.name.rpartition('/')[0]}/{plain}"
    if beside in by_end:
        return by_end[beside]
    while plain:
        if plain in by_end:
            return by_end[plain]
        plain = plain.partition("/")[2]
    return None


def _is_end(name: str, text: str) -> bool:
    """Whether a picture's name ends with all that a row says, suffix or not."""
    plain = _normal(text)
    return f"/{name}".endswith((f"/{plain}", f"/{plain}.{name.rpartition('.')[2]}"))


def _read(
    table: CsvTable,
    images: int,
    by_end: Mapping[str, str],
    options: ReadOptions,
    rows: _Rows,
    *,
    alone: bool,
) -> None:
    """Add a table's rows."""
    split = _split_column(table, options)
    labels = label_columns(table, images, split, options)
    grouped = options.group if options.group in table.header else None
    group = None if grouped is None else table.header.index(grouped)
    whole = "" if alone and split is not None else split_within(table.name.rpartition("/")[2])
    for line, row in table.rows():
        name = _find(table, by_end, row[images])
        if name is None:
            _refuse_outside(table, line, row[images])
            if not options.skip_bad:
                raise DataError(
                    f"{table.where}: line {line} names '{shown(row[images])}', which is no "
                    f"picture below {shown(str(table.tree.path))}: expected one: add it, remove "
                    "the line, or leave such lines out with --skip-bad"
                )
            rows.missing += 1
            continue
        rows.elsewhere += not _is_end(name, row[images])
        rows.names.append(name)
        rows.labels.append(labels.label(line, row))
        rows.splits.append(
            _split(table, line, row[split]) if split is not None else whole or split_above(name)
        )
        if group is not None:
            rows.groups.append(row[group])
    twice = len(rows.names) - len(set(rows.names))
    if twice:
        seen: set[str] = set()
        one = next(n for n in rows.names if n in seen or seen.add(n))
        raise DataError(
            f"{table.where}: '{shown(one)}' is named {rows.names.count(one)} times: expected each "
            "picture once, with one label: remove the other lines"
        )


def _refuse_outside(table: CsvTable, line: int, text: str) -> None:
    plain = _normal(text)
    if plain.startswith("/") or ".." in plain.split("/"):
        raise DataError(
            f"{table.where}: line {line} names '{shown(text)}', which leads outside of "
            f"{shown(str(table.tree.path))}: expected pictures beside the table: move them there"
        )


def _split_column(table: CsvTable, options: ReadOptions) -> int | None:
    if "split" in options.keys:
        return column(table, options.keys["split"], "--keys split=")
    name = pick(table.header, SPLIT_NAMES)
    if name is None:
        return None
    place = table.header.index(name)
    first = [row[place] for _, row in islice(table.rows(), LOOKED_AT)]
    return place if first and all(split_word(text) for text in first) else None


def _split(table: CsvTable, line: int, text: str) -> str:
    found = split_word(text)
    if not found:
        raise DataError(
            f"{table.where}: line {line}: '{shown(text)}' is no split: expected train, validation "
            "or test: mend the line"
        )
    return found
