"""From the bytes of any picture file to what a bundle's model sees."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from versus.data.decoding import MOST_PIXELS, decode
from versus.data.preparation import Preparation
from versus.errors import DataFormatError


@dataclass(frozen=True)
class Seen:
    """What a model sees of a picture.

    Attributes:
        pixels: uint8 `[height, width, channels]`.
        notes: what had to be decided on the way, in words.
        blank: there is nothing on it; whatever a model says of it means nothing.
    """

    pixels: npt.NDArray[np.uint8]
    notes: tuple[str, ...]
    blank: bool


def prepare(
    data: bytes,
    where: str,
    preparation: Preparation,
    most_pixels: int = MOST_PIXELS,
    *,
    as_is: bool = False,
) -> Seen:
    """Prepare a picture file for a model, as its bundle says.

    Args:
        data: the file's bytes: PNG, JPEG, WebP, BMP, GIF or TIFF.
        where: the file, for messages.
        preparation: of the bundle.
        most_pixels: larger pictures are refused before they are decoded.
        as_is: the picture is one that was prepared before: only its size is checked.

    Raises:
        DataFormatError: it is no such picture, damaged or too large; or `as_is` and of another
            size than the bundle's.
    """
    decoded = decode(data, where, most_pixels)
    if as_is:
        preparation = _untouched(preparation, decoded.pixels.shape, where)
    pixels = preparation.apply(decoded.pixels)
    # One value everywhere: an empty page, or nothing that the Preparation took for ink.
    blank = bool((pixels == pixels[:1, :1]).all())
    return Seen(pixels, (*decoded.notes, *(("blank",) if blank else ())), blank)


def _untouched(preparation: Preparation, shape: tuple[int, ...], where: str) -> Preparation:
    """Return a Preparation that changes no pixel of a picture of the right size."""
    height, width = preparation.height, preparation.width
    if shape[:2] != (height, width):
        raise DataFormatError(
            f"{where}: expected a prepared picture of {width} x {height} pixels; got "
            f"{shape[1]} x {shape[0]}: let it be prepared"
        )
    return Preparation(height=height, width=width, channels=preparation.channels)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return pixels `[height, width, 1 or 3]` as a PNG; the same pixels give the same bytes."""
    flat = pixels[:, :, 0] if pixels.shape[2] == 1 else np.ascontiguousarray(pixels)
    buffer = io.BytesIO()
    Image.fromarray(flat).save(buffer, "PNG")
    return buffer.getvalue()
