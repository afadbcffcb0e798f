"""A few numbers a picture, nearly the same for a picture that was shifted, brightened or packed.

The picture's low frequencies, divided by their length, which undoes a change of brightness; JPEG
changes high frequencies above all. Where pictures lie on a plain background they are described as
if their ink lay in the middle: a shift only turns the phases of a Fourier transform, and the
centre of mass says by how much, so they are turned back. Photographs have no such centre: they
are faded out towards the edge, and a shift by a pixel costs a little likeness.
"""

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Images
from versus.data.inspection.rows import Floats, chunks, in_threads

FREQUENCIES = 6
"""Waves across the picture up to which it is described."""
DIMENSIONS = 32
"""Principal components that are kept of them."""
LARGEST = 64
"""Pictures with a longer side are averaged down to this before anything else."""
PLAIN = 4.0
"""Grey levels: three quarters of a plain border lie within this of its median."""
_SAMPLE = 20_000
_NOTHING = 1e-3  # in grey levels: less than rounding leaves


def plain_background(images: Images) -> bool:
    """Return whether the borders of most pictures are even, as those of drawn signs are.

    Judged on 1,000 pictures, evenly spaced.
    """
    sample = images[:: max(1, len(images) // 1_000)]
    grey = reduced(sample, reduction(images)).mean(axis=3)
    away = np.abs(edge_values(grey) - border_level(grey)[:, None])
    return float(np.median(np.quantile(away, 0.75, axis=1))) <= PLAIN


def describe_shapes(images: Images, *, centred: bool) -> Floats:
    """Return the low frequencies of each picture, of length 1.

    Args:
        images: uint8 `[n, height, width, channels]`; read in chunks.
        centred: whether about its centre of mass, for pictures on a plain background.

    Returns:
        float32 `[n, d]`, d at most 182; zeros for a picture of one value throughout.
    """
    factor = reduction(images)

    def describe(rows: slice) -> Floats:
        return _describe(reduced(images[rows], factor).mean(axis=3), centred)

    return np.concatenate(in_threads(describe, chunks(images)))


def compressed(numbers: Floats, dimensions: int = DIMENSIONS) -> Floats:
    """Return the leading principal components of rows, each row of length 1 again."""
    sample = numbers[:: max(1, len(numbers) // _SAMPLE)]
    mean = sample.mean(axis=0)
    centred = sample - mean
    _, directions = np.linalg.eigh(centred.T @ centred)
    return _of_length_one((numbers - mean) @ directions[:, -dimensions:])


def reduction(images: Images) -> int:
    """Return by what whole factor each side is divided so that none is longer than `LARGEST`."""
    return -(-max(images.shape[1:3]) // LARGEST)


def reduced(images: Images, factor: int) -> Floats:
    """Return float32 `[n, height // factor, width // factor, channels]`, means of squares."""
    if factor == 1:
        return images.astype(np.float32)
    rows, columns = (min(factor, side) for side in images.shape[1:3])
    height, width = images.shape[1] // rows, images.shape[2] // columns
    cut = images[:, : height * rows, : width * columns]
    squares = cut.reshape(len(cut), height, rows, width, columns, cut.shape[3])
    return squares.mean(axis=(2, 4), dtype=np.float32)


def _describe(grey: Floats, centred: bool) -> Floats:
    """Return the same of `[n, height, width]`."""
    count, height, width = grey.shape
    down, right = _kept(height), np.arange(min(FREQUENCIES, (width - 1) // 2) + 1)
    if centred:
        grey = grey - border_level(grey)[:, None, None]
    else:
        fade = np.outer(*(_fade(side) for side in (height, width))).astype(np.float32)
        grey = (grey - (grey * fade).sum(axis=(1, 2), keepdims=True) / fade.sum()) * fade
    # Few frequencies of a small picture: two products are quicker than a fast transform.
    waves = _waves(height, down).T @ (grey @ _waves(width, right))
    blur = np.exp(-(down[:, None] ** 2 + right**2) / (2 * (FREQUENCIES / 1.5) ** 2))
    waves *= blur.astype(np.float32)
    if centred:
        row, column = centre_of_mass(np.abs(grey))
        turn = down[:, None] * row[:, None, None] / height + right * column[:, None, None] / width
        waves *= np.exp(2j * np.pi * turn.astype(np.float32))
    waves[:, down == 0, 0] = 0  # the mean: an even change of brightness
    flat = waves.reshape(count, -1)
    return _of_length_one(np.concatenate([flat.real, flat.imag], axis=1).astype(np.float32))


def _fade(side: int) -> npt.NDArray[np.float64]:
    """Return a weight for each row or column: 1 in the middle, almost 0 at the edge."""
    return np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2


def _kept(side: int) -> npt.NDArray[np.int64]:
    """Return the frequencies kept along one side, from below zero to above."""
    most = min(FREQUENCIES, (side - 1) // 2)
    return np.arange(-most, most + 1)


def _waves(side: int, frequencies: npt.NDArray[np.int64]) -> npt.NDArray[np.complex64]:
    """Return complex64 `[side, frequencies]`: the waves of a Fourier transform."""
    return np.exp(-2j * np.pi * np.outer(np.arange(side), frequencies) / side).astype(np.complex64)


def _of_length_one(numbers: Floats) -> Floats:
    length = np.linalg.norm(numbers, axis=1, keepdims=True)
    return (numbers * (length > _NOTHING) / np.maximum(length, _NOTHING)).astype(np.float32)


def border_level(grey: Floats) -> Floats:
    """Return the median value along the edge of each picture: what its ink lies on."""
    return np.median(edge_values(grey), axis=1).astype(np.float32)


def edge_values(grey: Floats) -> Floats:
    """Return the values along the edge of each picture."""
    return np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)


def centre_of_mass(weights: Floats) -> tuple[Floats, Floats]:
    """Return row and column of the centre of mass of each picture; 0 where nothing weighs."""
    rows, columns = weights.sum(axis=2), weights.sum(axis=1)
    total = np.maximum(rows.sum(axis=1), _NOTHING)
    row = rows @ np.arange(rows.shape[1], dtype=np.float32) / total
    return row, columns @ np.arange(columns.shape[1], dtype=np.float32) / total
