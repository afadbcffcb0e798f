"""`.npy` files, pickled ones only where that is allowed, and then without running them."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.files import reading
from versus.data.restricted_pickle import read_restricted
from versus.errors import DataFormatError

REFUSAL = (
    "holds a pickle, a program that may do anything on this machine when it is read: if you trust "
    "where it comes from, --allow-pickle (allow_pickle=True) reads arrays, lists and dicts out of "
    "it, and nothing else"
)


def read_npy(path: Path, *, allow_pickle: bool = False) -> Any:
    """Return what an `.npy` file holds: an array; from a pickle also dicts and lists of arrays.

    Args:
        path: the file.
        allow_pickle: whether a pickle is read, by an unpickler that makes only arrays, plain
            containers, strings and numbers.

    Raises:
        DataUnavailableError: there is no such file.
        DataFormatError: it is no `.npy`, is cut off, holds a pickle that is not allowed, or one
            that asks for anything else.
    """
    with reading(path):
        data = path.read_bytes()
    file = io.BytesIO(data)
    shape, fortran, dtype = _header(file, path)
    if not dtype.hasobject:
        return _plain(data[file.tell() :], shape, fortran, dtype, path)
    if not allow_pickle:
        raise DataFormatError(f"{path}: {REFUSAL}")
    found: Any = _unpickle(file, path)
    if getattr(found, "shape", None) != shape:
        raise DataFormatError(f"{path}: expected the array of shape {shape} that its header says")
    return found.item() if shape == () else found


def _header(file: io.BytesIO, path: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and dtype; numpy reads them as literals, which run nothing."""
    try:
        major, _ = np.lib.format.read_magic(file)
        read = {
            1: np.lib.format.read_array_header_1_0,
            2: np.lib.format.read_array_header_2_0,
        }.get(major)
        if read is None:
            raise ValueError(f"version {major} of the format is not read here")
        return read(file)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as cause:
        message = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise DataFormatError(f"{path}: not an .npy file that can be read: {message}") from cause


def _plain(
    data: bytes, shape: tuple[int, ...], fortran: bool, dtype: np.dtype[Any], path: Path
) -> npt.NDArray[Any]:
    wanted = math.prod(shape) * dtype.itemsize
    if len(data) != wanted or dtype.itemsize == 0 or min(shape, default=0) < 0:
        raise DataFormatError(
            f"{path}: its header says {wanted:,} bytes of numbers; it holds {len(data):,}"
        )
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C").copy()


def _unpickle(file: io.BytesIO, path: Path) -> Any:
    try:
        return read_restricted(file)
    except DataFormatError as cause:
        raise DataFormatError(f"{path}: {cause}; nothing of it was run") from None
    except Exception as cause:  # a pickle can fail in any way
        raise DataFormatError(
            f"{path}: not a pickle that can be read: {type(cause).__name__}: {cause}"
        ) from cause
