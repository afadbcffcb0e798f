"""Arrays as pictures: shapes and number types brought to uint8 `[n, height, width, channels]`."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.sources.npy import ArrayFile
from versus.errors import DataError

_LEAST_SIDE = 2


@dataclass
class PixelArrays:
    """Arrays of pictures, one after the other, as one.

    Attributes:
        arrays: of equal shape but for their lengths.
        size: (height, width) where pictures lie flat in rows; None where it shows.
    """

    arrays: Sequence[ArrayFile]
    size: tuple[int, int] | None = None
    notes: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        self._layouts = [_layout(array, self.size) for array in self.arrays]
        shapes = [layout.shape for layout in self._layouts]
        for array, shape in zip(self.arrays, shapes, strict=True):
            if shape[1:] != shapes[0][1:]:
                raise DataError(
                    f"{array.where}: pictures of shape {shape[1:]}: expected {shapes[0][1:]} as in "
                    f"{self.arrays[0].where}: bring them to one shape"
                )
        self.notes.update({layout.note: len(self) for layout in self._layouts if layout.note})
        self._factors = self._find_factors()

    def __len__(self) -> int:
        return sum(layout.shape[0] for layout in self._layouts)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """[n, height, width, channels]."""
        _, height, width, channels = self._layouts[0].shape
        return len(self), height, width, channels

    def blocks(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield all pictures in order, uint8 `[some, height, width, channels]`."""
        for array, layout, factor in zip(self.arrays, self._layouts, self._factors, strict=True):
            for piece in array.pieces():
                yield _as_bytes(layout.arrange(piece), factor)

    def digest(self) -> str:
        """Return what changes when any pixel does."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        found = hashlib.sha256()
        for block in self.blocks():
            found.update(np.ascontiguousarray(block).data)
        return found.hexdigest()

    def _find_factors(self) -> list[float]:
        """Return by what each array's values are multiplied; floats are looked through once."""
        ranges = [_range(array) for array in self.arrays]
        floats = [array.dtype.kind == "f" for array in self.arrays]
        small = [high <= 1 and is_float for (_, high, _), is_float in
                 zip(ranges, floats, strict=True)]  # fmt: skip
        for array, (low, high, whole), is_small in zip(self.arrays, ranges, small, strict=True):
            if is_small != small[0]:
                first = ranges[0]
                raise DataError(
                    f"{array.where}: values from {low:g} to {high:g}, but {self.arrays[0].where} "
                    f"has {first[0]:g} to {first[1]:g}: expected one scale in all splits: bring "
                    "both to whole numbers from 0 to 255"
                )
            if low < 0 or high > 255 or not (whole or is_small):
                what = "" if whole else ", not all of them whole"
                raise DataError(
                    f"{array.where}: values from {low:g} to {high:g}{what}: expected whole numbers "
                    "from 0 to 255, or floats from 0 to 1: bring them to uint8"
                )
        if any(small):
            self.notes["pictures: floats of 0 to 1 brought to 0 to 255"] = len(self)
        bits = [array.dtype.kind == "b" for array in self.arrays]
        return [255.0 if scale or bit else 1.0 for scale, bit in zip(small, bits, strict=True)]


@dataclass(frozen=True)
class _Layout:
    """How an array's axes are read.

    Attributes:
        shape: `[n, height, width, channels]`.
        channels_first: whether channels lie before height.
        note: what is worth telling of it.
    """

    shape: tuple[int, int, int, int]
    channels_first: bool = False
    note: str = ""

    def arrange(self, piece: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return some rows as `[some, height, width, channels]`."""
        if self.channels_first:
            return piece.transpose(0, 2, 3, 1)
        return piece.reshape(len(piece), *self.shape[1:])


def _layout(array: ArrayFile, size: tuple[int, int] | None) -> _Layout:
    shape = array.shape
    if array.dtype.kind not in "uifb":
        raise DataError(
            f"{array.where}: pictures as {array.dtype}: expected numbers: give uint8 arrays"
        )
    if 0 in shape:
        raise DataError(
            f"{array.where}: an empty array of shape {shape}: expected pictures: save them again"
        )
    if len(shape) == 2:
        return _flat(array, size)
    if len(shape) == 3:
        return _Layout((*shape, 1))
    if len(shape) == 4 and shape[1] in (1, 3) and shape[3] not in (1, 3):
        n, channels, height, width = shape
        return _Layout((n, height, width, channels), True, "pictures: channels first, put last")
    if len(shape) == 4:
        return _Layout(shape)
    raise DataError(
        f"{array.where}: an array of shape {shape}: expected pictures as [n, height, width] or [n, "
        "height, width, channels]: reshape it"
    )


def _flat(array: ArrayFile, size: tuple[int, int] | None) -> _Layout:
    """Return how rows of values become pictures: square, grey or colour, unless said."""
    n, values = array.shape
    if size is not None and values in (size[0] * size[1], 3 * size[0] * size[1]):
        return _Layout((n, *size, values // (size[0] * size[1])))
    for channels in (1, 3):
        side = math.isqrt(values // channels)
        if side >= _LEAST_SIDE and side * side * channels == values:
            return _Layout((n, side, side, channels))
    raise DataError(
        f"{array.where}: rows of {values:,} values: expected height x width of them, or three "
        "times as many; square pictures are known as such: say others with --size HEIGHTxWIDTH"
    )


def _range(array: ArrayFile) -> tuple[float, float, bool]:
    """Return the lowest and highest value, and whether all are whole.

    Raises:
        DataError: one is no number, or infinite.
    """
    if array.dtype == np.uint8 or array.dtype.kind == "b":
        return 0.0, 255.0 if array.dtype == np.uint8 else 1.0, True
    low, high, whole, row = math.inf, -math.inf, True, 0
    for piece in array.pieces():
        if array.dtype.kind == "f":
            finite = np.isfinite(piece)
            if not finite.all():
                place = np.argwhere(~finite)[0]
                value = piece[tuple(place)]
                index = [row + int(place[0]), *map(int, place[1:])]
                raise DataError(
                    f"{array.where}: {value} at {index}: expected finite numbers: mend or leave "
                    "out this picture"
                )
            whole = whole and bool((piece == np.floor(piece)).all())
        low, high = min(low, float(piece.min())), max(high, float(piece.max()))
        row += len(piece)
    return low, high, whole


def _as_bytes(piece: npt.NDArray[Any], factor: float) -> npt.NDArray[np.uint8]:
    if factor != 1.0:
        return np.floor(piece.astype(np.float64) * factor + 0.5).astype(np.uint8)
    return piece.astype(np.uint8, copy=False)
