"""Weights that somebody else trained: Keras's own loader, a file instead, or random ones."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError

VARIABLE = "VERSUS_WEIGHTS"
"""Names the file of the weights, or says "random"; the command line's --weights sets it."""

_LAYERS_ONLY = ContextVar("layers only", default=False)


def network(name: str, size: tuple[int, int]) -> keras.Model:
    """Return a network of `keras.applications` without its top, for colour pictures.

    Its weights are those that Keras loads ("imagenet"), from Keras's cache or the network; with
    VERSUS_WEIGHTS set to a file those in the file, which must be the very file that Keras would
    load; with "random" those of a fresh network, which then is called "NAME-random-weights", so
    that no record can be taken for one of the trained weights.

    Args:
        name: such as "VGG16", in any case.
        size: (height, width) of its input.

    Raises:
        UnknownNameError: no network has this name.
        ModelError: its weights cannot be had; the message names the file that is wanted and its
            hash.
    """
    make = find_network(name)
    options = {"include_top": False, "input_shape": (*size, 3)}
    given = os.environ.get(VARIABLE, "")
    if _LAYERS_ONLY.get():
        return make(weights=None, name=name.lower(), **options)
    if given == "random":
        return make(weights=None, name=f"{name.lower()}-random-weights", **options)
    with _weights_from(make, Path(given) if given else None):
        return make(weights="imagenet", name=name.lower(), **options)


@contextmanager
def untrained() -> Iterator[None]:
    """Let networks in this block have random weights, where only their layers are looked at."""
    token = _LAYERS_ONLY.set(True)
    try:
        yield
    finally:
        _LAYERS_ONLY.reset(token)


def find_network(name: str) -> Callable[..., Any]:
    """Return the function of `keras.applications` that makes a network; its name in any case."""
    known = {key.lower(): key for key in dir(keras.applications) if key[0].isupper()}
    if name.lower() not in known:
        raise UnknownNameError("network of keras.applications", name, known)
    return getattr(keras.applications, known[name.lower()])


@contextmanager
def _weights_from(make: Callable[..., Any], given: Path | None) -> Iterator[None]:
    """Stand before Keras's loader inside the block: it says which file it wants, of which hash."""
    # Every network asks `file_utils.get_file` in its own module, which is one and the same object.
    loader: Any = sys.modules[make.__module__].file_utils
    original = loader.get_file

    def get_file(
        fname: str | None = None, origin: str | None = None, **options: Any
    ) -> str | os.PathLike[str]:
        wanted = options.get("file_hash") or options.get("md5_hash") or ""
        if given is not None:
            _check_file(given, str(fname), wanted)
            return str(given)
        try:
            return original(fname, origin, **options)
        except Exception as cause:
            raise ModelError(
                f"the weights {fname} cannot be loaded ({_first_line(cause)}): fetch {origin} "
                f"where there is a network and give it with --weights FILE ({VARIABLE}=FILE); "
                f"expected hash {wanted}; --weights random builds it untrained"
            ) from cause

    loader.get_file = get_file
    try:
        yield
    finally:
        loader.get_file = original


def _check_file(path: Path, fname: str, wanted: str) -> None:
    """Raise ModelError unless the file's hash (MD5 or SHA-256, as Keras has it) is `wanted`."""
    try:
        with path.open("rb") as file:
            # Keras publishes MD5 for most networks; it tells damage here, not malice.
            found = hashlib.file_digest(file, "sha256" if len(wanted) == 64 else "md5").hexdigest()
    except OSError as cause:
        raise ModelError(
            f"--weights {path}: {cause.strerror or cause}: expected the file {fname}, hash {wanted}"
        ) from cause
    if found != wanted:
        raise ModelError(
            f"--weights {path}: expected the file {fname}, hash {wanted}; got hash {found}"
        )


def _first_line(cause: Exception) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
