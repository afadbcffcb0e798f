"""Weights that somebody else trained: Keras's own loader, a file instead, or random ones."""

import hashlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.held_output import HeldOutput

VARIABLE = "VERSUS_WEIGHTS"
"""Names the file of the weights, or says "random"; the command line's --weights sets it."""

_NO_HASH = "none (Keras gives none, so the file is told by its name)"
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
        ModelError: Keras cannot build it on torch; or its weights cannot be had: the message names
            the file that is wanted and its hash.
    """
    make = find_network(name)
    given = os.environ.get(VARIABLE, "")
    if _LAYERS_ONLY.get():
        return _made(make, None, size, name.lower())
    if given == "random":
        return _made(make, None, size, f"{name.lower()}-random-weights")
    with _weights_from(Path(given) if given else None):
        return _made(make, "imagenet", size, name.lower())


def _made(
    make: Callable[..., Any], weights: str | None, size: tuple[int, int], name: str
) -> keras.Model:
    """Return a network under a name of ours; Keras looks things up by the name that it gives."""
    try:
        with warnings.catch_warnings():
            # MobileNets have weights for some sizes; for any other those of 224 are meant here.
            warnings.filterwarnings("ignore", "`input_shape` is undefined or non-square")
            made = make(weights=weights, include_top=False, input_shape=(*size, 3))
    except ModelError:
        raise
    except Exception as cause:
        raise ModelError(
            f"{make.__name__} of keras.applications cannot be built here, where Keras runs on "
            f"torch: take another of its networks ({_first_line(cause)})"
        ) from cause
    return keras.Model(made.inputs, made.outputs[0], name=name)


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
    known = _networks()
    if name.lower() not in known:
        hint = "a saved base is a run's folder, DIR/VARIANT/SEED, or a .keras file"
        raise UnknownNameError("network of keras.applications", name, known, hint)
    return getattr(keras.applications, known[name.lower()])


def is_network(name: str) -> bool:
    """Return whether `keras.applications` has a network of this name, in any case."""
    return name.lower() in _networks()


def _networks() -> dict[str, str]:
    """Return what Keras calls each network, by its name in small letters."""
    return {key.lower(): key for key in dir(keras.applications) if key[0].isupper()}


@contextmanager
def _weights_from(given: Path | None) -> Iterator[None]:
    """Stand before Keras's loader inside the block: it says which file it wants, of which hash."""
    # Every network asks `get_file` of this module, whatever it calls it.
    loader: Any = sys.modules["keras.src.utils.file_utils"]
    original = loader.get_file

    def get_file(
        fname: str | None = None, origin: str | None = None, **options: Any
    ) -> str | os.PathLike[str]:
        wanted = options.get("file_hash") or options.get("md5_hash") or ""
        if given is not None:
            _check_file(given, str(fname), wanted)
            return str(given)
        try:
            # What Keras says goes beside the results, and a fetch that fails is one line: ours.
            with redirect_stdout(HeldOutput(sys.stderr)):
                return original(fname, origin, **options)
        except Exception as cause:
            raise ModelError(
                f"the weights {fname} cannot be loaded ({_first_line(cause)}): fetch {origin} "
                f"where there is a network and give it with --weights FILE ({VARIABLE}=FILE); "
                f"expected hash {wanted or _NO_HASH}; --weights random builds it untrained"
            ) from cause

    loader.get_file = get_file
    try:
        yield
    finally:
        loader.get_file = original


def _check_file(path: Path, fname: str, wanted: str) -> None:
    """Raise ModelError unless the file's hash (MD5 or SHA-256, as Keras has it) is `wanted`.

    Where Keras has no hash, as for MobileNet and MobileNetV2, the file is told by its name.
    """
    try:
        with path.open("rb") as file:
            # Keras publishes MD5 for most networks; it tells damage here, not malice.
            found = hashlib.file_digest(file, "sha256" if len(wanted) == 64 else "md5").hexdigest()
    except OSError as cause:
        raise ModelError(
            f"--weights {path}: {cause.strerror or cause}: expected the file {fname}, hash "
            f"{wanted or _NO_HASH}"
        ) from cause
    if wanted and found != wanted:
        raise ModelError(
            f"--weights {path}: expected the file {fname}, hash {wanted}; got hash {found}"
        )
    if not wanted and path.name != fname:
        raise ModelError(f"--weights {path}: expected the file {fname}, hash {_NO_HASH}")


def _first_line(cause: Exception) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
