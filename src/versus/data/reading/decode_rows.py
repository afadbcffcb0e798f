"""Decoding picture files row by row, in this process or in a worker: both do just this."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from versus.data.decoding import decode
from versus.data.preparation import Preparation
from versus.errors import DataError, DataFormatError

Picture = tuple[int, str, Callable[[], bytes]]
"""Where the result goes, how messages call the picture, and what reads its bytes."""


@dataclass(frozen=True)
class Rule:
    """What decoded pictures are held to.

    Attributes:
        preparation: brings them to the size and channels.
        own_size: whether each has to have that size already.
        own_channels: whether each has to be grey already, where the Preparation says grey.
    """

    preparation: Preparation
    own_size: bool
    own_channels: bool


@dataclass
class Outcome:
    """What came of some pictures, beside their pixels.

    Attributes:
        bad: (place, reason) of each that could not be read.
        notes: what the decoder had to decide, with how often.
        colour: a picture was not grey, though all were taken to be: nothing after it was done.
    """

    bad: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    notes: Counter[str] = field(default_factory=Counter[str])
    colour: bool = False


def decode_rows(
    pictures: Iterable[Picture], rule: Rule, write: Callable[[int, npt.NDArray[np.uint8]], None]
) -> Outcome:
    """Decode and prepare pictures, one after the other.

    Args:
        pictures: to be read.
        rule: what they are held to.
        write: takes a place and uint8 `[height, width, channels]`.
    """
    outcome, way = Outcome(), rule.preparation
    for place, where, read in pictures:
        try:
            decoded = decode(read(), where)
            if rule.own_size:
                _check_size(decoded.pixels, way, where)
        except DataError as error:
            outcome.bad.append((place, str(error)))
            continue
        if rule.own_channels and way.channels == 1 and decoded.pixels.shape[2] == 3:
            outcome.colour = True
            return outcome
        outcome.notes.update(kind_of(note) for note in decoded.notes)
        write(place, way.apply(decoded.pixels))
    return outcome


def kind_of(note: str) -> str:
    """Return a decoder's note without its numbers, so that equal ones are counted together."""
    what = "of several frames the first" if note.startswith("first of") else note
    return f"pictures: {what}"


def _check_size(pixels: npt.NDArray[np.uint8], way: Preparation, where: str) -> None:
    height, width = pixels.shape[:2]
    if (height, width) != (way.height, way.width):
        raise DataFormatError(
            f"{where}: {height}x{width} pixels, others have {way.height}x{way.width}: expected "
            f"pictures of one size: give the size that all are to have, as --size {way.height}"
        )
