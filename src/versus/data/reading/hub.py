"""Data sets of the Hugging Face Hub, by name: the one source that uses the network."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from versus.data.dataset import Dataset
from versus.data.options import ReadOptions
from versus.data.reading.own import dataset_of
from versus.data.sources.arrow_pictures import TableFile
from versus.data.sources.arrow_tables import found_in_tables
from versus.data.sources.names import split_within
from versus.errors import DataError, DataUnavailableError

_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?(:[^/\\]+)?")
_PATIENCE = 10.0
"""Seconds to wait for the Hub's first answer; `datasets` itself would try for half a minute."""


def read_hub(name: str, options: ReadOptions, *, download: bool = True) -> Dataset:
    """Read a data set by its name on the Hub, as "ylecun/mnist" or "owner/name:configuration".

    Where the Hub cannot be reached, what the library `datasets` keeps of it is taken.

    Args:
        name: of the data set; a configuration may follow after a colon.
        options: size, channels, splits and the rest.
        download: whether the network may be used.

    Raises:
        DataError: the library is not installed, or the pictures have faults.
        DataUnavailableError: it cannot be fetched, and was not fetched before.
    """
    try:
        import datasets  # an extra, and slow to import
    except ImportError as error:
        raise DataError(
            "hub: data sets need the library datasets, which is not installed: install the extra "
            "hub, as pip install 'versus-ml[hub]'"
        ) from error
    title, _, configuration = name.partition(":")
    if _NAME.fullmatch(name) is None or Path(title).exists():
        here = "also a path here, which is read without hub:" if _NAME.fullmatch(name) else "none"
        raise DataUnavailableError(
            f"hub:{name}: expected the name of a data set, as hub:ylecun/mnist or "
            f"hub:OWNER/NAME:CONFIGURATION; this is {here}"
        )
    with _quietly():
        reason = _unreachable() if download else "the network is not to be used"
        with _offline(datasets, bool(reason)):
            loaded = _load(datasets, title, configuration or None, reason)
    kept_in = _kept_in(datasets)
    files, splits = [], []
    for split, part in loaded.items():
        for number, entry in enumerate(part.cache_files):
            where = f"hub:{name}, {split} {number}"
            files.append(TableFile(Path(entry["filename"]), where, kept_in))
            splits.append(split_within(str(split)))
    found = found_in_tables(files, splits, options, f"hub:{name}")
    return dataset_of(found, f"hub:{name}", f"hub:{name}", title.rpartition("/")[2], options)


def _load(datasets: Any, title: str, configuration: str | None, reason: str) -> Any:
    name = f"hub:{title}" + (f":{configuration}" if configuration else "")
    try:
        return datasets.load_dataset(title, configuration)
    except Exception as error:  # of the network, of the Hub, of the library: anything
        if reason:
            raise DataUnavailableError(
                f"{name}: the Hub cannot be asked ({reason}), and no copy of this data set was "
                "fetched before: connect to the internet, or give a folder that holds its files"
            ) from error
        raise DataUnavailableError(
            f"{name}: cannot be fetched ({_first_sentence(error)}): check the name and your "
            "access to it, or give a folder that holds its files"
        ) from error


def _first_sentence(error: Exception) -> str:
    if type(error).__name__ in ("DatasetNotFoundError", "RepositoryNotFoundError"):
        return "the Hub has none of this name, or you may not see it"
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200].partition(". ")[0]


def _unreachable() -> str:
    """Return why the Hub does not answer; "" where it does, whatever it says."""
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session  # knows of proxies and certificates

    if constants.HF_HUB_OFFLINE:
        return "HF_HUB_OFFLINE is set"
    session: Any = get_session()
    try:
        session.head(constants.ENDPOINT, timeout=_PATIENCE)
    except Exception as error:  # of the library below, which differs by version
        return _first_sentence(error)
    return ""


@contextmanager
def _offline(datasets: Any, wanted: bool) -> Generator[None]:
    """Let the libraries of the Hub take what they keep, and ask nobody, in this block."""
    from huggingface_hub import constants

    places: list[tuple[Any, str]] = [
        (constants, "HF_HUB_OFFLINE"),
        (datasets.config, "HF_HUB_OFFLINE"),
    ]
    before = [getattr(place, name) for place, name in places]
    try:
        for place, name in places:
            setattr(place, name, wanted or getattr(place, name))
        yield
    finally:
        for (place, name), value in zip(places, before, strict=True):
            setattr(place, name, value)


@contextmanager
def _quietly() -> Generator[None]:
    """Keep what the libraries log of retries and tokens off the screen; bars are for terminals."""
    import datasets
    from huggingface_hub.utils import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
        datasets.disable_progress_bars()
    loggers = [logging.getLogger(name) for name in ("huggingface_hub", "datasets")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _kept_in(datasets: Any) -> tuple[Path, ...]:
    """Return the folders where `datasets` keeps picture files that its tables only name."""
    from huggingface_hub import constants

    folders = (
        datasets.config.HF_DATASETS_CACHE,
        datasets.config.DOWNLOADED_DATASETS_PATH,
        constants.HF_HUB_CACHE,
    )
    return tuple(Path(folder).resolve() for folder in folders)
