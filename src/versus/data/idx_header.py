"""The header of an IDX file: two zero bytes, the type, the number of dimensions, the sizes.

Source: the description of the format on the MNIST page of Y. LeCun, C. Cortes and C. Burges.
"""

import math
from dataclasses import dataclass

import numpy as np

from versus.data.files import looks_like
from versus.errors import DataFormatError

DTYPES = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
"""The dtype as it lies in the file (big-endian) of each type byte."""

MAX_DIMENSIONS = 64
"""NumPy's limit; real files have 1 to 4."""

MAX_HEADER = 4 + 4 * MAX_DIMENSIONS
"""The longest header there is, in bytes."""


@dataclass(frozen=True)
class Header:
    """What the first bytes of an IDX file say about the rest.

    Attributes:
        dtype: of one value, as it lies in the file.
        shape: the sizes, the slowest dimension first.
    """

    dtype: "np.dtype[np.generic]"
    shape: tuple[int, ...]

    @property
    def offset(self) -> int:
        """Where the values begin, in bytes."""
        return 4 + 4 * len(self.shape)

    @property
    def value_bytes(self) -> int:
        """How many bytes the values take."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def total_bytes(self) -> int:
        """How many bytes the whole file takes, uncompressed."""
        return self.offset + self.value_bytes

    def check_length(self, found: int, where: str, more: str = "") -> None:
        """Raise DataFormatError unless an uncompressed file of `found` bytes fits this header.

        Args:
            found: the length in bytes.
            where: the file's name, for the message.
            more: said before `found` where the file was not read to its end: "at least ".
        """
        says = (
            f"{where}: header says {self._shape_text()} = {self.value_bytes:,} bytes "
            f"from offset {self.offset}"
        )
        if found < self.total_bytes:
            raise DataFormatError(
                f"{says}, file has {max(found - self.offset, 0):,}; {self._first_missing(found)}: "
                "copy or download it again"
            )
        if found > self.total_bytes:
            raise DataFormatError(
                f"{says}, so expected the end at byte {self.total_bytes:,}; "
                f"got {more}{found - self.total_bytes:,} more: copy or download it again"
            )

    def _shape_text(self) -> str:
        sizes = "x".join(map(str, self.shape)) or "one value"
        size = self.dtype.itemsize
        return sizes if size == 1 else f"{sizes} values of {size} bytes"

    def _first_missing(self, found: int) -> str:
        """Name the first picture or value that is not whole, counted from 0."""
        one = math.prod(self.shape[1:]) * self.dtype.itemsize
        noun = "picture" if len(self.shape) >= 3 else "value"
        return f"{noun} {max(found - self.offset, 0) // one} (counted from 0) incomplete"


def parse_header(data: bytes | bytearray, where: str) -> Header:
    """Read the header at the start of `data`.

    Args:
        data: the uncompressed file, or its first `MAX_HEADER` bytes or more.
        where: the file's name, for messages.

    Raises:
        DataFormatError: `data` is empty, no IDX header, or ends within the header.
    """
    start = bytes(data[:64])
    if not start:
        raise DataFormatError(
            f"{where}: expected an IDX header at byte 0; got an empty file: "
            "copy or download it again"
        )
    _check_magic(start, where)
    if len(start) < 4:
        raise DataFormatError(
            f"{where}: expected an IDX header of 4 bytes or more at byte 0; "
            f"the file ends at byte {len(start)}: copy or download it again"
        )
    count = start[3]
    if count > MAX_DIMENSIONS:
        raise DataFormatError(
            f"{where}: expected at most {MAX_DIMENSIONS} dimensions at byte 3; got {count}: "
            "this is no IDX file"
        )
    end = 4 + 4 * count
    if len(data) < end:
        raise DataFormatError(
            f"{where}: expected {count} sizes of 4 bytes from byte 4 to {end}; "
            f"the file ends at byte {len(data)}: copy or download it again"
        )
    sizes = np.frombuffer(data, dtype=">u4", count=count, offset=4)
    return Header(DTYPES[start[2]], tuple(int(size) for size in sizes))


def _check_magic(start: bytes, where: str) -> None:
    guess = looks_like(start)
    looks = f", which looks like {guess}" if guess else ""
    if start[:2] != b"\x00\x00"[: len(start)]:
        raise DataFormatError(
            f"{where}: expected IDX, which starts with bytes 00 00, at byte 0; "
            f"got {start[:4].hex(' ')}{looks}: give an IDX file"
        )
    if len(start) > 2 and start[2] not in DTYPES:
        known = ", ".join(f"{code:02x}" for code in DTYPES)
        raise DataFormatError(
            f"{where}: expected an IDX type ({known}) at byte 2; got {start[2]:02x}: "
            "give an IDX file"
        )
