"""Own pictures: from a path and options to a Dataset."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from versus.data.cache import cache_folder
from versus.data.dataset import Dataset, Split, frozen
from versus.data.decoding import quiet
from versus.data.options import LeftOut, Reading, ReadOptions
from versus.data.reading.labels import Coded, code_labels
from versus.data.reading.partition import Partition, partition
from versus.data.reading.rendering import Rendered, Rows, render
from versus.data.sources.found import EncodedPictures, Found
from versus.data.sources.labels_table import tree_beside
from versus.data.sources.names import shown
from versus.data.sources.opening import open_tree
from versus.data.sources.recognise import recognise
from versus.errors import DataError

_ORDER = ("train", "validation", "test")

MOST_LISTED = 1000
"""So many pictures that were left out are kept by name; how many there are is always told."""


def read_own(path: Path, name: str, options: ReadOptions) -> Dataset:
    """Read the data set at `path`, whatever its format.

    Args:
        path: a folder, an archive or a file.
        name: of the Dataset.
        options: size, channels, splits and the rest.

    Returns:
        A Dataset whose `reading` says what was recognised, ignored and left out.

    Raises:
        DataError: the path holds no data set that is known, or one with faults.
        ConfigurationError: an option does not fit what is there.
    """
    with open_tree(path, cache_folder() / "unpacked") as tree:
        found = recognise(tree_beside(tree, path), path, options)
        return dataset_of(found, str(path), os.path.abspath(path), name, options)


def dataset_of(
    found: Found, where: str, reference: str, name: str, options: ReadOptions
) -> Dataset:
    """Return the Dataset of what a source holds.

    Args:
        found: labels, splits, and pictures to be decoded.
        where: the source, for messages.
        reference: what to load to get the same again.
        name: of the Dataset.
        options: size, channels, splits and the rest.
    """
    where = shown(where)
    coded = code_labels(found, where)
    parts = partition(coded, found.splits, found.groups, options, where)
    rows = np.concatenate([parts.splits[split] for split in _ORDER if split in parts.splits])
    with quiet():
        rendered = render(found.pictures, rows, options, where, cache_folder())
    _check_classes_left(coded, rows, rendered, where)
    splits: dict[str, Split] = {}
    first = place = 0
    for split in (split for split in _ORDER if split in parts.splits):
        place += len(parts.splits[split])
        end = int(np.searchsorted(rendered.kept, place))
        kept = rows[rendered.kept[first:end]]
        images, labels = rendered.images[first:end], coded.codes[kept]
        splits[split] = Split(frozen(images), frozen(labels), _origins(found, kept))
        first = end
    return Dataset(
        name=name,
        classes=coded.classes,
        source=f"{found.format} in {shown(reference)}",
        preparation=rendered.preparation,
        reading=_reading(found, reference, options, parts, rows, rendered),
        train=splits["train"],
        test=splits["test"],
        validation=splits.get("validation"),
    )


def _origins(found: Found, rows: Rows) -> tuple[str, ...]:
    if not isinstance(found.pictures, EncodedPictures):
        return ()
    return tuple(found.pictures.origin(row) for row in rows.tolist())


def _check_classes_left(coded: Coded, rows: Rows, rendered: Rendered, where: str) -> None:
    """Raise DataError where all pictures of a class were left out."""
    left = np.unique(coded.codes[rows[rendered.kept]])
    for code, name in enumerate(coded.classes):
        if code not in left:
            raise DataError(
                f"{where}: no picture of class '{shown(name)}' can be read; the first fault: "
                f"{rendered.bad[0][1]}"
            )


def _reading(
    found: Found,
    reference: str,
    options: ReadOptions,
    parts: Partition,
    rows: Rows,
    rendered: Rendered,
) -> Reading:
    notes = Counter({**found.notes, **rendered.notes})
    left_out = [
        LeftOut(name=found.pictures.origin(int(rows[place])), reason=why)
        for place, why in rendered.bad[:MOST_LISTED]
        if isinstance(found.pictures, EncodedPictures)
    ]
    return Reading(
        path=reference,
        format=found.format,
        options=options.given(),
        splits=parts.words,
        notes=dict(notes),
        left_out=left_out,
        left_out_count=len(rendered.bad),
    )
