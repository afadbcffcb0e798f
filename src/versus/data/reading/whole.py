"""Data sets that bring their splits and pixels as they are: prepared where that is asked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from versus.data.dataset import Dataset, Split, frozen
from versus.data.idx_folder import read_folder
from versus.data.options import Reading, ReadOptions
from versus.errors import ConfigurationError

_ONLY = {"size", "channels", "invert", "fit"}


def prepared(data: Dataset, options: ReadOptions) -> Dataset:
    """Return `data` with its pictures brought to another size, number of channels, or inverted.

    Nothing changes where nothing is asked for.

    Raises:
        ConfigurationError: an option is given that such a set does not take.
    """
    others = options.model_fields_set - _ONLY
    if others:
        name = min(others).replace("_", "-")
        raise ConfigurationError(
            f"--{name}: '{data.name}' has its own files and splits, so it takes only --size, "
            "--channels, --invert and --fit; leave this one out"
        )
    if not options.concerns_preparation:
        return data
    height, width, channels = data.input_shape
    way = options.preparation(*(options.size or (height, width)), options.channels or channels)
    splits = {
        name: Split(
            frozen(np.stack([way.apply(image) for image in split.images])),
            split.labels,
            split.origins,
        )
        for name, split in data.splits.items()
    }
    reading = data.reading or Reading(path=data.name, format="a named data set")
    return replace(
        data,
        train=splits["train"],
        test=splits["test"],
        validation=splits.get("validation"),
        preparation=way,
        reading=reading.model_copy(update={"options": options.given()}),
    )


def read_idx_folder(folder: Path, name: str) -> Dataset:
    """Return the Dataset of a folder of four or six IDX files named as MNIST's."""
    data = read_folder(folder, name)
    files = "four IDX files" if data.validation is None else "six IDX files"
    reading = Reading(path=str(folder.absolute()), format=files, splits="as given")
    return replace(data, reading=reading)
