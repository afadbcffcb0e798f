"""Data sets of the Hugging Face Hub, by name: the one source that uses the network."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from pathlib import Path
from typing import Any

from versus.data.dataset import Dataset
from versus.data.options import ReadOptions
from versus.data.reading.own import dataset_of
from versus.data.sources.arrow_pictures import TableFile
from versus.data.sources.arrow_tables import found_in_tables
from versus.data.sources.names import split_within
from versus.errors import DataError, DataUnavailableError


def read_hub(name: str, options: ReadOptions, *, download: bool = True) -> Dataset:
    """Read a data set by its name on the Hub, as "ylecun/mnist" or "owner/name:configuration".

    What was fetched before is taken from the cache of the library `datasets`.

    Args:
        name: of the data set; a configuration may follow after a colon.
        options: size, channels, splits and the rest.
        download: whether the network may be used.

    Raises:
        DataError: the library is not installed, or the pictures have faults.
        DataUnavailableError: it cannot be fetched.
    """
    try:
        import datasets  # an extra, and slow to import
    except ImportError as error:
        raise DataError(
            "hub: data sets need the library datasets, which is not installed: install the extra "
            "hub, as pip install 'versus-ml[hub]'"
        ) from error
    title, _, configuration = name.partition(":")
    mode: Any = datasets.DownloadConfig(local_files_only=not download)
    try:
        loaded: Any = datasets.load_dataset(title, configuration or None, download_config=mode)
    except Exception as error:  # of the network, of the Hub, of the library: anything
        raise DataUnavailableError(
            f"hub:{name}: cannot be fetched ({' '.join(str(error).split())[:300]}): check the name "
            "and the network, or give a folder that holds its files"
        ) from error
    files, splits = [], []
    for split, part in loaded.items():
        for number, entry in enumerate(part.cache_files):
            where = f"hub:{name}, {split} {number}"
            files.append(TableFile(Path(entry["filename"]), where))
            splits.append(split_within(str(split)))
    found = found_in_tables(files, splits, options, f"hub:{name}")
    return dataset_of(found, f"hub:{name}", f"hub:{name}", title.rpartition("/")[2], options)
