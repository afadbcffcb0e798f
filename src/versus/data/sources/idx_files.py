"""IDX files of any names, in any folder or archive, told by their first bytes."""

import gzip
import io
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from versus.data import idx
from versus.data.idx_header import DTYPES
from versus.data.options import ReadOptions
from versus.data.sources.found import Found
from versus.data.sources.label_arrays import labels_of
from versus.data.sources.names import PICTURE_SUFFIXES, shown, split_within, suffix
from versus.data.sources.npy import ArrayFile, in_memory
from versus.data.sources.pixel_arrays import PixelArrays
from versus.data.sources.tree import Tree
from versus.errors import ConfigurationError, DataUnavailableError

_MOST_FILES = 64
CLASSES = "classes.txt"


def find_idx_files(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what IDX files hold; None where there are none.

    Raises:
        DataError: one is damaged, or pictures have no labels.
        ConfigurationError: groups are asked for: IDX has none.
    """
    if len(tree.files) > _MOST_FILES:
        return None
    names = [name for name in tree.files if _is_idx(tree, name)]
    if not names:
        return None
    if options.group is not None:
        raise ConfigurationError("--group: IDX files hold no groups; leave it out")
    arrays = {name: _read(tree, name) for name in names}
    images = {split_within(n): a for n, a in arrays.items() if len(a.shape) in (3, 4)}
    labels = {split_within(n): a for n, a in arrays.items() if len(a.shape) == 1}
    _check(tree, names, images, labels, arrays)
    splits = [split for split in ("train", "validation", "test", "") if split in images]
    pixels = PixelArrays([images[split] for split in splits], options.size)
    raw = [labels_of(labels[s], images[s].shape[0], images[s].where) for s in splits]
    return Found(
        format="IDX files",
        pictures=pixels,
        labels=np.concatenate([np.asarray(part, np.int64) for part in raw]),
        splits=[split for split in splits for _ in range(images[split].shape[0])],
        classes=_classes(tree),
        notes=dict(pixels.notes),
    )


def _check(
    tree: Tree,
    names: Sequence[str],
    images: dict[str, ArrayFile],
    labels: dict[str, ArrayFile],
    arrays: dict[str, ArrayFile],
) -> None:
    there = ", ".join(f"{shown(name)} {arrays[name].shape}" for name in names)
    if len(images) + len(labels) < len(names) or set(images) != set(labels) or not images:
        raise DataUnavailableError(
            f"{shown(str(tree.path))}: expected for each split one IDX file of pictures [n, h, w] "
            "and one of labels [n], told apart by train, val or test in their names; there are "
            f"{there}: add what is missing or rename them"
        )


def _is_idx(tree: Tree, name: str) -> bool:
    if suffix(name) in PICTURE_SUFFIXES:
        return False
    with tree.open(name) as file:
        start = file.read(512)
    if start[:2] == b"\x1f\x8b":
        try:
            start = gzip.GzipFile(fileobj=io.BytesIO(start)).read1(4)
        except (OSError, EOFError, zlib.error):
            return False
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in DTYPES and 1 <= start[3] <= 4


def _read(tree: Tree, name: str) -> ArrayFile:
    where = tree.where(name)
    with tree.open(name) as file:
        array: npt.NDArray[np.generic] = idx.read_stream(file, where)
    return in_memory(where, array)


def _classes(tree: Tree) -> tuple[str, ...] | None:
    if CLASSES not in tree.files:
        return None
    text = tree.read(CLASSES, 1 << 20).decode("utf-8-sig", "replace")
    return tuple(line.strip() for line in text.rstrip().splitlines()) or None
