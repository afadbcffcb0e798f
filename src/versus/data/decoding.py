"""From the bytes of a picture file to grey or RGB pixels, by one stated rule for every mode."""

import io
import re
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from versus.data.files import looks_like
from versus.errors import DataFormatError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MOST_PIXELS = 2**26
"""Of one picture: 8,192 x 8,192. Larger ones are refused before they are decoded."""
FREE_BYTES, MOST_RATIO = 32 * 2**20, 400
"""A picture that decodes to more bytes than both allow is taken for a decompression bomb."""
MOST_BYTES = 2**28
"""Of one picture file."""

_ORIENTATION = 0x0112
_TWELVE_BITS = 2**12
_BROUGHT_TO_8 = "16 bits brought to 8"
# Not scaled by what a picture happens to hold: one dark picture of a set would become a bright one.
_TOO_DARK = "16 bits, of which 12 are used, brought to 8: nearly black; multiply its values by 16"
_WHITE, _BLACK = (255, 255, 255, 255), (0, 0, 0, 255)
# The modes Pillow gives for more than 8 bits a value.
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")


@dataclass(frozen=True)
class Decoded:
    """The pixels of one picture.

    Attributes:
        pixels: uint8 `[height, width, 1]` where the file is grey, `[height, width, 3]` else.
        notes: what the rule had to decide: "first of 3 frames", "transparency over white",
            "turned as EXIF says", "16 bits brought to 8".
    """

    pixels: npt.NDArray[np.uint8]
    notes: tuple[str, ...] = ()


def decode(data: bytes, where: str, most_pixels: int = MOST_PIXELS) -> Decoded:
    """Decode a PNG, JPEG, WebP, BMP, GIF or TIFF picture.

    The rule: the first frame of several; turned as its EXIF orientation says; a palette becomes
    its colours; 1 bit becomes 0 and 255; 16 bits become the nearest of 8 (65,535 to 255); CMYK and
    YCbCr become RGB; what is transparent is laid over white, white ink over black. A picture is
    grey where its mode is, or where its palette holds greys only; a picture stored as RGB is RGB,
    even if it looks grey.

    Args:
        data: the file's bytes.
        where: the file, for messages.
        most_pixels: larger pictures are refused before they are decoded; at most 2**26.

    Raises:
        DataFormatError: these are not such a picture, or one that is truncated, damaged, larger
            than `most_pixels`, or of values without a known range (float, 32 bits).
    """
    if len(data) > MOST_BYTES:
        raise DataFormatError(
            f"{where}: {len(data):,} bytes: expected a picture file of at most {MOST_BYTES:,}: "
            "make it smaller"
        )
    with _decoding(data, where), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        _check_size(image.size, where, most_pixels)
        _check_ratio(image, len(data), where)
        return _pixels(image, where)


def grey(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return uint8 `[height, width, 1]`: of RGB the luma of ITU-R BT.601, as Pillow rounds it."""
    if pixels.shape[2] == 1:
        return pixels
    return np.asarray(Image.fromarray(pixels).convert("L"))[:, :, np.newaxis]


@contextmanager
def quiet() -> Generator[None]:
    """Let decoders in this block not warn of odd metadata; not to be entered by several threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _decoding(data: bytes, where: str) -> Generator[None]:
    """Turn every way in which a decoder can fail into one error that names the file."""
    try:
        yield
    except DataFormatError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        found = re.search(r"\d+", str(error))  # Pillow's sentence, of which the number is wanted
        size = f"{int(found[0]):,}" if found else str(error)
        raise DataFormatError(f"{where}: {_too_large(size)}") from error
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error...
        raise DataFormatError(f"{where}: {_no_picture(data, error)}") from error


def _no_picture(data: bytes, error: Exception) -> str:
    known = ", ".join(FORMATS[:-1]) + " or " + FORMATS[-1]
    if not data:
        return f"expected a {known} picture; the file is empty: remove it or get it again"
    found = looks_like(data[:64])
    if "picture" in found:
        return f"{found} that is truncated or damaged ({error}): remove it or get it again"
    return f"expected a {known} picture; got {found or 'something else'}: remove it, or convert it"


def _too_large(size: str, most: int = MOST_PIXELS) -> str:
    return f"expected a picture of at most {most:,} pixels; got {size}: make it smaller"


def _check_size(size: tuple[int, int], where: str, most: int) -> None:
    width, height = size
    if width * height > most:
        raise DataFormatError(f"{where}: {_too_large(f'{width:,} x {height:,}', most)}")


def _check_ratio(image: Any, packed: int, where: str) -> None:
    """Raise DataFormatError where so few bytes decode to so many that it is done on purpose."""
    width, height = image.size
    if width * height > MOST_PIXELS:  # which is told as that
        return
    unpacked = width * height * len(image.getbands()) // (8 if image.mode == "1" else 1)
    if unpacked > FREE_BYTES and unpacked > MOST_RATIO * packed:
        raise DataFormatError(
            f"{where}: {packed:,} bytes that decode to {unpacked:,}: this looks like a "
            "decompression bomb: if it is a picture of yours, make it smaller"
        )


def _pixels(image: Any, where: str) -> Decoded:
    notes: list[str] = []
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        notes.append(f"first of {frames} frames")
        image.seek(0)
    turned = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
    image.load()  # Pillow turns a TIFF here, and then forgets its orientation
    if turned:
        notes.append("turned as EXIF says")
        image = ImageOps.exif_transpose(image)
    plain = _eight_bits(image, where, notes)
    array = np.array(_opaque(plain, notes))
    return Decoded(array[:, :, np.newaxis] if array.ndim == 2 else array, tuple(notes))


def _eight_bits(image: Any, where: str, notes: list[str]) -> Any:
    """Return `image` with 8 bits a value."""
    if image.mode in _SIXTEEN_BITS:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65_535:
            raise DataFormatError(
                f"{where}: expected grey values of 8 or 16 bits; got {values.min():,} to "
                f"{values.max():,}: save it with 8 bits"
            )
        few = 0 < values.max() < _TWELVE_BITS
        notes.append(_TOO_DARK if few else _BROUGHT_TO_8)
        return Image.fromarray(((values * 255 + 32_767) // 65_535).astype(np.uint8))
    if image.mode == "F":
        raise DataFormatError(
            f"{where}: a picture of floating-point values, whose range is not known: "
            "save it with 8 bits"
        )
    return image


def _opaque(image: Any, notes: list[str]) -> Any:
    """Return `image` as "L" or "RGB", what is transparent laid over white."""
    is_grey = image.mode in ("1", "L", "LA", "La") or (image.mode == "P" and _grey_palette(image))
    if image.has_transparency_data:
        over = image.convert("RGBA")
        if over.getextrema()[3][0] < 255:
            white = _all_white(over)
            notes.append(
                f"transparency over {'black, since its ink is white' if white else 'white'}"
            )
            under = Image.new("RGBA", over.size, _BLACK if white else _WHITE)
            under.alpha_composite(over)
            over = under
        image = over.convert("RGB")
        # Equal channels stay equal under compositing, and converting them back changes nothing.
        return image.getchannel(0) if is_grey else image
    wanted = "L" if is_grey else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _all_white(image: Any) -> bool:
    """Return whether all that can be seen of an RGBA picture is white: over white it is blank."""
    values = np.asarray(image)
    seen = values[values[:, :, 3] > 0]
    return bool(len(seen)) and bool((seen[:, :3] == 255).all())


def _grey_palette(image: Any) -> bool:
    """Return whether every colour that `image` uses of its palette is grey."""
    colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())
