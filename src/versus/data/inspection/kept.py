"""Inspections that are kept by fingerprint, so that the same pictures are looked at once."""

import json
from contextlib import suppress
from pathlib import Path

from versus.data.cache import cache_folder
from versus.data.dataset import Dataset
from versus.data.inspection.inspection import METHOD, Inspection, inspect_dataset
from versus.errors import ConfigurationError
from versus.filesystem.atomic import write_file


def inspected(dataset: Dataset, *, within: bool = True) -> Inspection:
    """Return the Inspection of `dataset`, from the user's cache where it was made before.

    Arguments as `inspect_dataset`. A cache that cannot be read or written is done without.
    """
    place = _place(dataset, within=within)
    found = _read(place)
    if found is not None and (found.method, found.fingerprint) == (METHOD, dataset.fingerprint):
        return found.model_copy(update={"name": dataset.name})
    found = inspect_dataset(dataset, within=within)
    with suppress(OSError):
        write_file(place, json.dumps(found.to_dict()).encode())
    return found


def _place(dataset: Dataset, *, within: bool) -> Path:
    name = f"{dataset.fingerprint.removeprefix('sha256:')}-{'all' if within else 'across'}.json"
    return cache_folder().with_name("inspections") / name


def _read(place: Path) -> Inspection | None:
    try:
        return Inspection.from_dict(json.loads(place.read_bytes()))
    except (OSError, ValueError, ConfigurationError):
        return None  # not there yet, or of another version
