"""Parquet and Arrow files, as Hugging Face image data sets are kept: which column is what."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from versus.data.cache import cache_folder
from versus.data.options import ReadOptions
from versus.data.sources.arrow_pictures import ArrowPictures, TableFile, arrow, plain_type
from versus.data.sources.columns import LABEL_NAMES
from versus.data.sources.folder_tree import FolderTree
from versus.data.sources.found import Found, RawLabels
from versus.data.sources.label_arrays import as_labels
from versus.data.sources.names import PICTURE_SUFFIXES, shown, split_above, split_within, suffix
from versus.data.sources.npy import in_memory
from versus.data.sources.pixel_arrays import PixelArrays
from versus.data.sources.tree import Tree
from versus.errors import ConfigurationError, DataError

_SUFFIXES = (".parquet", ".arrow")
_MOST_FILES = 10_000


def find_arrow_tables(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what Parquet or Arrow files hold; None where there are none.

    Raises:
        DataError: pyarrow is not installed, a file is damaged, or it cannot be told which column
            is what.
    """
    names = [name for name in tree.files if _is_table(tree, name)]
    if not names or len(names) > _MOST_FILES:
        return None
    files = [
        TableFile(tree.local(n, cache_folder() / "unpacked"), tree.where(n), _beside(tree, n))
        for n in names
    ]
    splits = [_split_of_file(name) for name in names]
    return found_in_tables(files, splits, options, shown(str(tree.path)))


def found_in_tables(
    files: Sequence[TableFile], splits: Sequence[str], options: ReadOptions, where: str
) -> Found:
    """Return what tables of one schema hold.

    Args:
        files: in order.
        splits: of each file, "" where it says none.
        options: keys and groups.
        where: the source, for messages.

    Raises:
        DataError: one is damaged, or it cannot be told which column is what.
        ConfigurationError: `keys` name a column that is not there.
    """
    with files[0].faults():  # even the names of columns may be no text
        return _found(files, splits, options, where)


def _found(
    files: Sequence[TableFile], splits: Sequence[str], options: ReadOptions, where: str
) -> Found:
    image, label = _columns(files[0], options)
    labels = [_labels(file, label) for file in files]
    counts = [sum(file.counts) for file in files]
    of_split = [split for split, count in zip(splits, counts, strict=True) for _ in range(count)]
    groups = _groups(files, options.group)
    classes = _class_names(files[0].schema, label)
    pictures: Any
    if _is_pixels(files[0].schema.field(image).type):
        pictures = PixelArrays([in_memory(f.where, _pixels(f, image)) for f in files], options.size)
    else:
        pictures = ArrowPictures(
            files,
            image,
            [
                (number, piece, row)
                for number, file in enumerate(files)
                for piece, count in enumerate(file.counts)
                for row in range(count)
            ],
        )
    return Found(
        "Parquet or Arrow tables", pictures, _joined(labels, where), of_split, groups, classes
    )


def _is_table(tree: Tree, name: str) -> bool:
    if suffix(name) in PICTURE_SUFFIXES:
        return False
    with tree.open(name) as file:
        start = file.read(8)
    if start[:4] == b"PAR1" or start[:6] == b"ARROW1":
        return True
    # An Arrow stream has no name of its own: its first message's length comes after four FF.
    return start[:4] == b"\xff\xff\xff\xff" and name.endswith(_SUFFIXES)


def _beside(tree: Tree, name: str) -> Sequence[Path]:
    """Return where pictures may lie that a table names; in an archive nowhere."""
    if not isinstance(tree, FolderTree):
        return ()
    return (tree.path / name).parent, tree.path


def _split_of_file(name: str) -> str:
    return split_within(name.rpartition("/")[2]) or split_above(name)


def _columns(file: TableFile, options: ReadOptions) -> tuple[str, str]:
    """Return the columns of pictures and labels."""
    schema = file.schema
    listed = ", ".join(f"{shown(field.name)} ({field.type})" for field in schema)
    for what in ("image", "label"):
        if what in options.keys and options.keys[what] not in schema.names:
            raise ConfigurationError(
                f"--keys {what}={options.keys[what]}: expected a column of {file.where}: {listed}"
            )
    images = [f.name for f in schema if _is_encoded(f.type) or _is_pixels(f.type)]
    images = images or [field.name for field in schema if _names_pictures(file, field)]
    image = options.keys.get("image") or (images[0] if len(images) == 1 else "")
    labels = [n for n in schema.names if n.lower() in LABEL_NAMES and n != image]
    others = [n for n in schema.names if n not in (image, options.group)]
    one = labels if len(labels) == 1 else others
    label = options.keys.get("label") or (one[0] if len(one) == 1 else "")
    if not image or not label:
        what = "image" if not image else "label"
        raise DataError(
            f"{file.where}: expected one column of pictures and one of labels; there are {listed}: "
            f"say which with --keys {what}=..."
        )
    return image, label


def _is_encoded(kind: Any) -> bool:
    """Whether a column holds the bytes of files, or Hugging Face's {bytes, path}."""
    pa = arrow()
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _names_pictures(file: TableFile, field: Any) -> bool:
    """Whether a column of text begins with a picture file's name."""
    types = arrow().types
    if not (types.is_string(field.type) or types.is_large_string(field.type)) or not file.counts:
        return False
    column = file.column(field.name, 0)
    return len(column) > 0 and suffix(column[0].as_py() or "") in PICTURE_SUFFIXES


def _is_pixels(kind: Any) -> bool:
    types, kind = arrow().types, plain_type(kind)
    lists = types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
    if not lists:
        return False
    inner = kind.value_type
    return types.is_integer(inner) or types.is_floating(inner) or _is_pixels(inner)


def _pixels(file: TableFile, name: str) -> Any:
    """Return lists of numbers, or lists of such lists, as one array."""
    values = file.column(name)
    shape = [len(values)]
    while hasattr(values.type, "value_type"):
        inner, count = values.flatten(), len(values)
        if values.null_count or not count or not _even(values, len(inner)):
            raise DataError(
                f"{file.where}, column '{shown(name)}': expected as many pixels in every row; got "
                "rows of different lengths: give pictures of one size, or as files"
            )
        shape.append(len(inner) // count)
        values = inner
    return values.to_numpy(zero_copy_only=False).reshape(shape)


def _even(column: Any, values: int) -> bool:
    """Whether each list of a column holds its share of so many values."""
    if arrow().types.is_fixed_size_list(column.type):
        return values == len(column) * column.type.list_size
    offsets = column.offsets.to_numpy(zero_copy_only=False)
    return bool((np.diff(offsets) * len(column) == values).all())


def _labels(file: TableFile, name: str) -> RawLabels:
    pa = arrow()
    column = file.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    where = f"{file.where}, column '{shown(name)}'"
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise DataError(f"{where}: no label at row {row}: expected one a picture: fill it in")
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return as_labels(np.array(column.to_pylist() or [""]), where)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return as_labels(column.to_numpy(zero_copy_only=False), where)
    raise DataError(f"{where}: labels as {kind}: expected whole numbers or names")


def _joined(parts: Sequence[RawLabels], where: str) -> RawLabels:
    numbers = [part for part in parts if isinstance(part, np.ndarray)]
    if len(numbers) == len(parts):
        return np.concatenate(numbers)
    if numbers:
        raise DataError(f"{where}: labels are numbers in one file and names in another: mend them")
    return [str(name) for part in parts for name in part]


def _groups(files: Sequence[TableFile], name: str | None) -> list[str] | None:
    if name is None:
        return None
    if name not in files[0].schema.names:
        raise ConfigurationError(
            f"--group: expected a column of {files[0].where}, {', '.join(files[0].schema.names)}; "
            f"got {name!r}"
        )
    return [str(value) for file in files for value in file.column(name).to_pylist()]


def _class_names(schema: Any, label: str) -> tuple[str, ...] | None:
    """Return the names that Hugging Face's ClassLabel keeps in a table's metadata."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        facts = json.loads(schema.metadata[b"huggingface"])
        return tuple(str(name) for name in facts["info"]["features"][label]["names"])
    return None
