"""Found: what a source holds, row by row, before anything is decoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.uint8]


@runtime_checkable
class EncodedPictures(Protocol):
    """Pictures as files, to be decoded one by one."""

    def __len__(self) -> int: ...

    def read(self, row: int) -> bytes:
        """Return the bytes of a picture file."""
        ...

    def where(self, row: int) -> str:
        """Return how messages call a picture."""
        ...

    def origin(self, row: int) -> str:
        """Return the picture's name in its source."""
        ...

    def encoded_bytes(self) -> int:
        """Return about how many bytes all of them have."""
        ...

    def spec(self) -> dict[str, Any]:
        """Return what `open_pictures` needs in another process, ready for JSON."""
        ...

    def keys(self, rows: Sequence[int]) -> list[Any]:
        """Return what `by_key` needs for these rows, ready for JSON."""
        ...


@runtime_checkable
class PixelPictures(Protocol):
    """Pictures that are arrays already, all of one shape.

    Attributes:
        shape: `[n, height, width, channels]`.
    """

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """[n, height, width, channels]."""
        ...

    def __len__(self) -> int: ...

    def blocks(self) -> Iterator[Block]:
        """Yield all pictures in order, uint8 `[some, height, width, channels]`."""
        ...

    def digest(self) -> str:
        """Return what changes when any pixel does."""
        ...


RawLabels = Sequence[str] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """What a source holds; every sequence has one entry a picture.

    Attributes:
        format: of the source, in words.
        pictures: to be decoded, or as arrays.
        labels: names of classes, or numbers.
        splits: "train", "validation" or "test"; "" where the source gives none.
        groups: what belongs together, where asked for.
        classes: names of the numbers that labels are, where the source gives them.
        notes: what was left out or changed, with how often.
    """

    format: str
    pictures: EncodedPictures | PixelPictures
    labels: RawLabels
    splits: Sequence[str]
    groups: Sequence[str] | None = None
    classes: tuple[str, ...] | None = None
    notes: dict[str, int] = field(default_factory=dict[str, int])
