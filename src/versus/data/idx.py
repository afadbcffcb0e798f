"""IDX, the file format of MNIST: arrays to bytes and back, plain or gzipped."""

import gzip
import io
import math
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from versus.data.files import reading, write_atomically
from versus.data.idx_header import DTYPES, MAX_HEADER, parse_header
from versus.errors import DataError, DataFormatError

_CHUNK = 1 << 20
_MOST_RATIO, _FREE_BYTES = 200, 16 * 2**20  # pictures are never packed tighter


def parse(data: bytes | bytearray, where: str) -> npt.NDArray[Any]:
    """Read an array from the bytes of an uncompressed IDX file.

    Args:
        data: the whole file.
        where: its name, for messages.

    Returns:
        An array of the shape and type that the header gives, in native byte order, read-only.

    Raises:
        DataFormatError: the bytes are not IDX, too few or too many; the message names `where`,
            the byte offset, what was expected and what came.
    """
    header = parse_header(data, where)
    header.check_length(len(data), where)
    flat = np.frombuffer(data, header.dtype, math.prod(header.shape), header.offset)
    try:
        array = flat.reshape(header.shape).astype(header.dtype.newbyteorder("="), copy=False)
    except ValueError as error:  # sizes beyond memory beside a 0 somewhere
        raise DataFormatError(
            f"{where}: expected sizes that fit an array at byte 4; got {header.shape}: "
            "this is no usable IDX file"
        ) from error
    array.flags.writeable = False
    return array


def serialise(array: npt.NDArray[Any]) -> bytes:
    """Return `array` as the bytes of an uncompressed IDX file.

    Args:
        array: of uint8, int8, int16, int32, float32 or float64, any shape and byte order.

    Raises:
        DataError: IDX has no type for the dtype of `array`.
    """
    for code, dtype in DTYPES.items():
        if dtype == array.dtype.newbyteorder(">"):
            sizes = np.array(array.shape, dtype=">u4")
            head = bytes([0, 0, code, array.ndim]) + sizes.tobytes()
            return head + array.astype(dtype, copy=False).tobytes()
    names = ", ".join(dtype.newbyteorder("=").name for dtype in DTYPES.values())
    raise DataError(f"IDX holds {names}; got {array.dtype}: convert it with astype first")


def read(path: Path) -> npt.NDArray[Any]:
    """Read the array in the IDX file at `path`, gzipped or not, whatever its name.

    Returns:
        As `parse`.

    Raises:
        DataUnavailableError: there is no such file.
        DataFormatError: it is no plain file, no IDX, truncated, or too long.
        DataError: it cannot be read.
    """
    return parse(read_bytes(path), str(path))


def read_bytes(path: Path) -> bytearray:
    """Return the uncompressed bytes of the IDX file at `path`.

    Never takes more memory than the header announces, however much a gzip file holds.

    Raises:
        DataError: as `read`, and its kinds.
    """
    with reading(path), path.open("rb") as file:
        return _read_any(file, str(path))


def read_stream(file: BinaryIO, where: str) -> npt.NDArray[Any]:
    """Read the array of an open IDX file, gzipped or not; as `read`."""
    buffered = io.BufferedReader(cast(Any, file))
    try:
        return parse(_read_any(buffered, where), where)
    finally:
        buffered.detach()  # else it would close a file that is not ours


def _read_any(file: Any, where: str) -> bytearray:
    """Return the uncompressed bytes of an open file that can be peeked into."""
    if file.peek(2)[:2] != b"\x1f\x8b":
        return _read_idx(file, where)
    packed = file.seek(0, io.SEEK_END) if file.seekable() else None
    if packed is not None:
        file.seek(0)
    try:
        with gzip.GzipFile(fileobj=file) as unzipped:
            return _read_idx(cast(BinaryIO, unzipped), where, packed)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataFormatError(
            f"{where}: expected a whole gzip file; got a damaged or truncated one "
            f"({error}) at or before byte {file.tell():,}: copy or download it again"
        ) from error


def write(path: Path, array: npt.NDArray[Any], *, compress: bool) -> None:
    """Write `array` to `path` as IDX; the file is there whole or not at all.

    The same array gives the same bytes on every day (gzip's time stamp is 0).

    Args:
        path: its folder is made where there is none.
        array: as `serialise`.
        compress: whether to gzip; the name is left as it is.

    Raises:
        DataError: the dtype has no IDX type, or the file cannot be written.
    """
    data = serialise(array)
    write_atomically(path, gzip.compress(data, mtime=0) if compress else data)


def _read_idx(file: BinaryIO, where: str, packed: int | None = None) -> bytearray:
    """Read the header and as many bytes as it announces; one more is an error.

    So many bytes as no gzip file of `packed` bytes can hold are not even tried.
    """
    data = bytearray(_read_exactly(file, MAX_HEADER))
    header = parse_header(data, where)
    if packed is not None and header.total_bytes > _FREE_BYTES + _MOST_RATIO * packed:
        raise DataFormatError(
            f"{where}: header says {header.total_bytes:,} bytes, which a gzip file of {packed:,} "
            "cannot hold: copy or download it again"
        )
    wanted = header.total_bytes + 1
    while len(data) < wanted:
        chunk = file.read(min(_CHUNK, wanted - len(data)))
        if not chunk:
            break
        data += chunk
    header.check_length(len(data), where, more="at least ")
    return data


def _read_exactly(file: BinaryIO, count: int) -> bytes:
    """Return `count` bytes, fewer only at the file's end: one gzip read may give fewer."""
    data = b""
    while len(data) < count and (chunk := file.read(count - len(data))):
        data += chunk
    return data
