"""Every mode, format and orientation of a picture file, pixel by pixel."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from versus.data import decoding
from versus.data.decoding import decode, grey
from versus.errors import DataFormatError

GREY = np.array([[0, 60, 120], [180, 240, 255]], np.uint8)
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
COLOUR = np.array([[RED, GREEN, BLUE], [WHITE, (1, 2, 3), (9, 8, 7)]], np.uint8)


def stored(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(data):
    return decode(data, "here").pixels


def palette(colours, indices, **options):
    image = Image.new("P", (len(indices), 1))
    image.putpalette([value for colour in colours for value in colour])
    image.putdata(indices)
    return stored(image, **options)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_grey_is_one_channel(kind):
    assert pixels(stored(Image.fromarray(GREY), kind)).tolist() == GREY[:, :, None].tolist()


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})]
)
def test_colour_is_three_channels(kind, options):
    assert pixels(stored(Image.fromarray(COLOUR), kind, **options)).tolist() == COLOUR.tolist()


@pytest.mark.parametrize("shade", [0, 77, 255])
def test_jpeg_of_one_shade_is_exact(shade):
    flat = np.full((8, 8), shade, np.uint8)
    assert pixels(stored(Image.fromarray(flat), "JPEG")).tolist() == flat[:, :, None].tolist()


def test_one_bit_becomes_0_and_255():
    image = Image.fromarray(GREY > 100)
    assert image.mode == "1"
    assert pixels(stored(image))[:, :, 0].tolist() == [[0, 0, 255], [255, 255, 255]]


def test_sixteen_bits_come_to_the_nearest_of_eight():
    values = np.array([[0, 128, 129, 256, 257], [32_767, 32_896, 65_278, 65_407, 65_535]])
    image = Image.fromarray(values.astype(np.uint16))
    found = decode(stored(image), "here")
    assert found.pixels[:, :, 0].tolist() == np.floor(values / 257 + 0.5).astype(int).tolist()
    assert found.notes == ("16 bits brought to 8",)
    assert pixels(stored(image, "TIFF")).tolist() == found.pixels.tolist()


def test_palette_of_colours_and_of_greys():
    assert pixels(palette([RED, BLUE], [1, 0, 1])).tolist() == [[list(BLUE), list(RED), list(BLUE)]]
    greys = [(5, 5, 5), (200, 200, 200)]
    assert pixels(palette(greys, [1, 0])).tolist() == [[[200], [5]]]


def test_what_is_transparent_lies_over_white():
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 0, 0, 255), (255, 0, 0, 0), (0, 0, 0, 51)])
    found = decode(stored(image), "here")
    assert found.pixels.tolist() == [[[255, 0, 0], [255, 255, 255], [204, 204, 204]]]
    assert found.notes == ("transparency over white",)


def test_white_ink_on_nothing_lies_over_black():
    image = Image.new("RGBA", (3, 1))
    image.putdata([(255, 255, 255, 255), (0, 0, 0, 0), (255, 255, 255, 51)])
    found = decode(stored(image), "here")
    assert found.pixels[0, :, 0].tolist() == [255, 0, 51]
    assert found.notes == ("transparency over black, since its ink is white",)
    empty = decode(stored(Image.new("RGBA", (2, 1))), "here")
    assert empty.pixels.min() == 255, "nothing is no ink"


def test_grey_with_alpha_stays_grey():
    image = Image.new("LA", (3, 1))
    image.putdata([(0, 255), (0, 0), (0, 51)])
    assert pixels(stored(image)).tolist() == [[[255 * 0], [255], [204]]]


def test_palette_with_a_transparent_colour():
    data = palette([RED, BLUE], [1, 0], transparency=0)
    assert pixels(data).tolist() == [[list(BLUE), [255, 255, 255]]]


def test_opaque_alpha_changes_nothing_and_is_not_said():
    found = decode(stored(Image.fromarray(COLOUR).convert("RGBA")), "here")
    assert (found.pixels.tolist(), found.notes) == (COLOUR.tolist(), ())


def test_cmyk_becomes_rgb():
    image = Image.new("CMYK", (2, 1))
    image.putdata([(0, 0, 0, 0), (0, 255, 255, 0)])
    assert pixels(stored(image, "TIFF")).tolist() == [[[255, 255, 255], [255, 0, 0]]]


def test_the_first_frame_and_it_is_said():
    frames = [Image.fromarray(np.full((4, 4), shade, np.uint8)) for shade in (10, 200, 90)]
    data = stored(frames[0], "GIF", save_all=True, append_images=frames[1:])
    found = decode(data, "here")
    assert found.pixels[:, :, 0].tolist() == [[10] * 4] * 4
    assert found.notes == ("first of 3 frames",)


TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.flipud(np.rot90(a)),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.fliplr(np.rot90(a)),
    8: np.rot90,
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_exif_orientations(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(stored(Image.fromarray(GREY), kind, exif=exif), "here")
    assert found.pixels[:, :, 0].tolist() == TURNS[orientation](GREY).tolist()
    assert found.notes == (() if orientation == 1 else ("turned as EXIF says",))


def test_grey_of_colour_is_luma():
    assert grey(np.array([[RED, GREEN, BLUE]], np.uint8)).tolist() == [[[76], [150], [29]]]


PNG = stored(Image.fromarray(GREY))


def bomb(width, height):
    """A PNG of a few bytes that says it has so many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    import zlib

    chunk = b"IHDR" + header
    return PNG[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + PNG[33:]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"label,pixel\n", "got a text file"),
        (b"<html>", "got an HTML"),
        (b"%PDF-1.7", "got a PDF"),
        (bytes(100), "got something else"),
        (PNG[:40], "a PNG picture that is truncated or damaged"),
        (bomb(30_000, 30_000), "at most 67,108,864 pixels; got"),
        (bomb(9_000, 9_000), "got 9,000 x 9,000"),
        (stored(Image.fromarray(GREY.astype(np.float32)), "TIFF"), "floating-point"),
        (stored(Image.fromarray(GREY.astype(np.int32) * 1000), "TIFF"), "got 0 to 255,000"),
        (stored(Image.fromarray(-GREY.astype(np.int32)), "TIFF"), "got -255 to 0"),
    ],
)
def test_what_is_no_picture_is_named(data, message):
    with pytest.raises(DataFormatError, match=message) as caught:
        decode(data, "folder/a.png")
    assert str(caught.value).startswith("folder/a.png: ")


def test_a_file_too_large(monkeypatch):
    monkeypatch.setattr(decoding, "MOST_BYTES", 10)
    with pytest.raises(DataFormatError, match="at most 10"):
        decode(PNG, "here")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PNG) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_pixels_or_our_error(place, noise):
    try:
        found = pixels(PNG[:place] + noise + PNG[place + len(noise) :])
    except DataFormatError:
        return
    assert found.dtype == np.uint8
    assert found.shape[2] in (1, 3)
