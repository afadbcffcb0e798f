"""Which format a tree holds, told by what is in it and never by its name alone."""

from collections.abc import Callable
from pathlib import Path

from versus.data.files import looks_like
from versus.data.options import ReadOptions
from versus.data.sources.arrow_tables import find_arrow_tables
from versus.data.sources.found import Found
from versus.data.sources.idx_files import find_idx_files
from versus.data.sources.image_folder import find_image_folder
from versus.data.sources.labels_table import find_labels_table
from versus.data.sources.named_arrays import find_named_arrays
from versus.data.sources.names import shown
from versus.data.sources.pixel_table import find_pixel_tables
from versus.data.sources.tree import Tree
from versus.errors import DataError, DataFormatError

FORMATS = (
    "image folders (class/... or train/class/...), pictures with a labels.csv, .npz, .npy pairs, "
    "IDX files, a CSV of pixels, Parquet or Arrow, or a zip or tar of any of these"
)

Recogniser = Callable[[Tree, ReadOptions], Found | None]


def recognise(tree: Tree, path: Path, options: ReadOptions) -> Found:
    """Return what a data set holds.

    Args:
        tree: of the folder, archive or file.
        path: that was given.
        options: keys and groups.

    Raises:
        DataError: it holds nothing that is known, or something with faults.
        ConfigurationError: an option does not fit what is there.
    """
    if not tree.files and not tree.folders:
        ignored = f" beside {tree.ignored:,} hidden or system files" if tree.ignored else ""
        raise DataError(
            f"{shown(str(path))}: expected {FORMATS}; there are no files{ignored}: check the path"
        )
    for recogniser in RECOGNISERS:
        found = recogniser(tree, options)
        if found is not None:
            return found
    raise _unknown(tree, path)


def _unknown(tree: Tree, path: Path) -> DataError:
    first = next(iter(tree.files), None)
    if first is None:
        return DataError(
            f"{shown(str(path))}: expected {FORMATS}; there are folders but no files: "
            "check the path"
        )
    with tree.open(first) as file:
        start = file.read(64)
    found = looks_like(start) or ("an empty file" if not start else "something else")
    what, _, advice = found.partition(": ")
    if advice and path.is_dir():
        advice = f"give the path of an archive itself, as {tree.where(first)}, or unpack it"
    count = len(tree.files)
    many = f"{count:,} files, the first" if count > 1 else "one file,"
    return DataFormatError(
        f"{shown(str(path))}: expected {FORMATS}; got {many} '{shown(first)}' ({what}): "
        f"{advice or 'convert to one of these'}"
    )


RECOGNISERS: tuple[Recogniser, ...] = (
    find_named_arrays,
    find_idx_files,
    find_arrow_tables,
    find_labels_table,
    find_image_folder,
    find_pixel_tables,
)
