"""Split: pictures and their labels, row for row."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from versus.data.memory_map import gathered, location, map_again

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures and their labels, row for row; both arrays are read-only.

    Attributes:
        images: uint8 `[n, height, width, channels]`; of a large set mapped from the cache, so
            that only what is read of it takes memory.
        labels: int64 `[n]`, from 0.
        origins: what each picture is called in its source, where it has a name there; else empty.
    """

    images: Images
    labels: Labels
    origins: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Split({len(self):,} pictures of {'x'.join(map(str, self.images.shape[1:]))})"

    def take(self, indices: npt.NDArray[np.integer[Any]]) -> "Split":
        """Return the rows at `indices`, in that order; rows in one piece are not copied."""
        rows: list[int] = indices.tolist()
        origins = tuple(self.origins[row] for row in rows) if self.origins else ()
        start = int(indices[0]) if len(indices) else 0
        if np.array_equal(indices, np.arange(start, start + len(indices))) and start >= 0:
            piece = slice(start, start + len(indices))
            return Split(frozen(self.images[piece]), frozen(self.labels[piece]), origins)
        return Split(frozen(gathered(self.images, indices)), frozen(self.labels[indices]), origins)

    def __reduce__(self) -> tuple[Any, ...]:
        """Send to another process the place of mapped pictures, not the pictures."""
        place = location(self.images)
        if place is None:
            return Split, (self.images, self.labels, self.origins)
        return _mapped_split, (*place, self.images.shape, self.labels, self.origins)


def _mapped_split(
    path: str, offset: int, shape: tuple[int, ...], labels: Labels, origins: tuple[str, ...]
) -> Split:
    return Split(map_again(path, offset, shape), frozen(labels), origins)


def frozen(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """Return a view of `array` that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view
