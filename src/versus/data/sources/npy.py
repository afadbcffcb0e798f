"""NumPy's .npy files, read without trusting them: no pickles, no sizes that the file has not.

The header is parsed here, within a bound: NumPy's own reader takes as much as a file says it has.
"""

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from versus.data.files import looks_like
from versus.errors import DataFormatError

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
_BLOCK = 8 * 2**20


@dataclass(frozen=True)
class ArrayFile:
    """An array in a file, or in memory, read in pieces.

    Attributes:
        where: for messages.
        shape: of all of it.
        dtype: of a value, as it is stored.
    """

    where: str
    shape: tuple[int, ...]
    dtype: "np.dtype[Any]"
    pieces: Callable[[], Iterator[npt.NDArray[Any]]]

    def whole(self) -> npt.NDArray[Any]:
        """Return all of the array."""
        parts = list(self.pieces())
        return np.concatenate(parts) if parts else np.empty(self.shape, self.dtype)


def in_memory(where: str, array: npt.NDArray[Any]) -> ArrayFile:
    """Return an array in memory as if it were a file."""

    def pieces() -> Iterator[npt.NDArray[Any]]:
        rows = max(1, _BLOCK // max(1, array[:1].nbytes))
        for start in range(0, len(array), rows):
            yield array[start : start + rows]

    return ArrayFile(where, array.shape, array.dtype, pieces)


def array_file(where: str, size: int, opened: Callable[[], BinaryIO]) -> ArrayFile:
    """Return the array in a .npy file.

    Args:
        where: for messages.
        size: of the file in bytes.
        opened: opens it from its beginning.

    Raises:
        DataFormatError: it is no .npy file, holds Python objects, or another number of bytes than
            its header says.
    """
    with opened() as file:
        header, offset = _header(file, where)
    dtype, shape, fortran = _parse(header, where)
    wanted = math.prod(shape) * dtype.itemsize
    if size - offset != wanted:
        text = "x".join(map(str, shape)) or "one value"
        raise DataFormatError(
            f"{where}: the header says {text} values of {dtype.itemsize} bytes, which is "
            f"{wanted:,} bytes from offset {offset}; the file has {max(size - offset, 0):,}: copy "
            "or download it again"
        )

    def pieces() -> Iterator[npt.NDArray[Any]]:
        with opened() as file:
            file.read(offset)
            yield from _read_rows(file, shape, dtype, where, fortran=fortran)

    return ArrayFile(where, shape, dtype, pieces)


def _read_rows(
    file: BinaryIO, shape: tuple[int, ...], dtype: "np.dtype[Any]", where: str, *, fortran: bool
) -> Iterator[npt.NDArray[Any]]:
    one = math.prod(shape[1:]) * dtype.itemsize
    if not shape or fortran:  # columns first: there are no rows to be had one after the other
        data = _exactly(file, math.prod(shape) * dtype.itemsize, where)
        yield np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
        return
    rows = max(1, _BLOCK // max(1, one))
    for start in range(0, shape[0], rows):
        count = min(rows, shape[0] - start)
        data = _exactly(file, count * one, where)
        yield np.frombuffer(data, dtype).reshape(count, *shape[1:])


def _exactly(file: BinaryIO, count: int, where: str) -> bytearray:
    data = bytearray()
    while len(data) < count and (chunk := file.read(min(_BLOCK, count - len(data)))):
        data += chunk
    if len(data) < count:
        raise DataFormatError(
            f"{where}: expected {count:,} more bytes of values; got {len(data):,}: copy or "
            "download it again"
        )
    return data


def _header(file: BinaryIO, where: str) -> tuple[str, int]:
    """Return the text of the header and where the values begin."""
    start = file.read(12)
    if start[:6] != MAGIC:
        guess = looks_like(start)
        raise DataFormatError(
            f"{where}: expected a NumPy .npy file, which starts with 93 NUMPY; got "
            f"{guess or start[:6].hex(' ') or 'an empty file'}: save it with numpy.save"
        )
    wide = start[6:7] != b"\x01"
    length = int.from_bytes(start[8:12] if wide else start[8:10], "little")
    if length > LONGEST_HEADER:
        raise DataFormatError(
            f"{where}: a header of {length:,} bytes: expected at most {LONGEST_HEADER:,}: this is "
            "no usable .npy file"
        )
    offset = (12 if wide else 10) + length
    text = start[10:] * (not wide) + file.read(offset - 12)
    return text.decode("latin1"), offset


def _parse(header: str, where: str) -> "tuple[np.dtype[Any], tuple[int, ...], bool]":
    try:
        facts: Any = ast.literal_eval(header.strip())
        dtype: np.dtype[Any] = np.dtype(facts["descr"])
        shape: tuple[int, ...] = tuple(facts["shape"])
        fortran = bool(facts["fortran_order"])
        usable = all(type(side) is int and side >= 0 for side in shape)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise DataFormatError(
            f"{where}: expected a .npy header with descr, fortran_order and shape; got "
            f"{header[:60]!r}: save it again with numpy.save"
        ) from error
    if dtype.hasobject:
        raise DataFormatError(
            f"{where}: holds pickled Python objects (dtype object), which can run any code when "
            "they are read: expected an array of numbers: save one with numpy.save(..., "
            "allow_pickle=False), or bring it in by `versus data import FILE --allow-pickle`, "
            "which runs nothing of it; pictures of several sizes belong into a folder as files"
        )
    if not usable or dtype.names is not None or dtype.itemsize == 0 or dtype.shape:
        raise DataFormatError(
            f"{where}: expected an array of plain values; got dtype {dtype} of shape {shape}: save "
            "pictures and labels as one array each"
        )
    return dtype, shape, fortran
