"""From a source's pictures to one uint8 array: in memory where it is small, else in the cache."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from versus.data.options import ReadOptions
from versus.data.preparation import Preparation
from versus.data.reading.decode_rows import Outcome, Rule, decode_rows
from versus.data.reading.stored import Content, Stored, entry_key, stored
from versus.data.reading.survey import check_own_size, choose_rule
from versus.data.reading.workers import decode_in_workers
from versus.data.sources.found import EncodedPictures, PixelPictures
from versus.errors import DataError

Rows = npt.NDArray[np.int64]
Images = npt.NDArray[np.uint8]

MEMORY_BUDGET = 256 * 2**20
"""Bytes of pixels, and of picture files, up to which nothing is kept in the cache."""

FEW_FILES, FEW_BYTES = 8_000, 16 * 2**20
"""Picture files that are decoded faster here than workers could start."""


@dataclass(frozen=True)
class Rendered:
    """The pixels of the rows that were asked for.

    Attributes:
        images: uint8 `[n, height, width, channels]`, of those that could be read.
        kept: int64, which of the rows asked for they are, rising.
        preparation: how they were made.
        notes: what the decoder had to decide, with how often.
        bad: (which of the rows asked for, reason) of the others.
    """

    images: Images
    kept: Rows
    preparation: Preparation
    notes: dict[str, int] = field(default_factory=dict[str, int])
    bad: tuple[tuple[int, str], ...] = ()


def render(
    pictures: EncodedPictures | PixelPictures,
    rows: Rows,
    options: ReadOptions,
    where: str,
    cache: Path,
) -> Rendered:
    """Return the pictures in `rows`, in that order, as one array.

    Args:
        pictures: of the source.
        rows: int64 row numbers.
        options: size, channels and the rest of the Preparation.
        where: the source, for messages.
        cache: folder for what is too large to be kept in memory.

    Raises:
        DataError: pictures cannot be read, or differ in size and none is asked for.
    """
    if isinstance(pictures, PixelPictures):
        return _render_pixels(pictures, rows, options, where, cache)
    rule = choose_rule(pictures, options, where)
    rendered = _render_files(pictures, rows, rule, cache)
    if rendered is None:  # not all are grey after all
        way = rule.preparation.model_copy(update={"channels": 3})
        rendered = _render_files(pictures, rows, Rule(way, rule.own_size, own_channels=True), cache)
    assert rendered is not None  # noqa: S101
    if rendered.bad and not options.skip_bad:
        raise _unreadable(rendered.bad)
    if not len(rendered.kept):
        raise DataError(f"{where}: no picture can be read; the first: {rendered.bad[0][1]}")
    return rendered


def _unreadable(bad: tuple[tuple[int, str], ...]) -> DataError:
    more = len(bad) - 1
    others = f"{more:,} more picture{'s'[: more > 1]} cannot be read: " if more else ""
    return DataError(f"{bad[0][1]} ({others}--skip-bad leaves out what cannot be read)")


def _render_files(
    pictures: EncodedPictures, rows: Rows, rule: Rule, cache: Path
) -> Rendered | None:
    """Return the pictures under a rule, None where one is in colour that should be grey."""
    shape = (len(rows), *rule.preparation.shape)
    large = int(np.prod(shape)) > MEMORY_BUDGET or pictures.encoded_bytes() > MEMORY_BUDGET
    if not large and len(rows) <= FEW_FILES and pictures.encoded_bytes() <= FEW_BYTES:
        images = np.zeros(shape, np.uint8)
        outcome = decode_rows(
            (
                (place, pictures.where(row), _reader(pictures, row))
                for place, row in enumerate(rows.tolist())
            ),
            rule,
            images.__setitem__,
        )
        return None if outcome.colour else _compact(images, outcome, rule)

    def make(file: Path) -> Content | None:
        outcome = decode_in_workers(pictures, rows, rule, file)
        return None if outcome.colour else _content(outcome, shape)

    key = entry_key(rule.preparation, pictures, rows) if large else ""
    with stored(cache, key, shape, make) as kept:
        return None if kept is None else _of_stored(kept, rule.preparation, in_memory=not large)


def _reader(pictures: EncodedPictures, row: int) -> Callable[[], bytes]:
    return lambda: pictures.read(row)


def _content(outcome: Outcome, shape: tuple[int, ...]) -> Content:
    return Content(list(shape), dict(outcome.notes), sorted(outcome.bad))


def _compact(images: Images, outcome: Outcome, rule: Rule) -> Rendered:
    """Return what could be read of pictures in memory."""
    bad = np.array([place for place, _ in outcome.bad], np.int64)
    kept = np.setdiff1d(np.arange(len(images)), bad)
    return Rendered(
        images[kept] if bad.size else images,
        kept,
        rule.preparation,
        dict(outcome.notes),
        tuple(sorted(outcome.bad)),
    )


def _of_stored(kept: Stored, way: Preparation, *, in_memory: bool) -> Rendered:
    images = np.array(kept.images) if in_memory else kept.images
    bad = np.array([place for place, _ in kept.content.bad], np.int64)
    places = np.setdiff1d(np.arange(kept.content.shape[0]), bad)
    return Rendered(images, places, way, kept.content.notes, tuple(kept.content.bad))


def _render_pixels(
    pictures: PixelPictures, rows: Rows, options: ReadOptions, where: str, cache: Path
) -> Rendered:
    _, height, width, channels = pictures.shape
    if options.size is None:
        check_own_size(height, width, where)
    if channels not in (1, 3):
        raise DataError(
            f"{where}: pictures of {channels} channels: expected 1 or 3: give arrays of grey or "
            "RGB pictures"
        )
    way = options.preparation(*(options.size or (height, width)), options.channels or channels)
    shape = (len(rows), *way.shape)
    place_of = np.full(len(pictures), -1, np.int64)
    place_of[rows] = np.arange(len(rows))
    same = way.shape == pictures.shape[1:] and way.invert == "never"

    def fill(write: Callable[[int, npt.NDArray[np.uint8]], None]) -> None:
        start = 0
        for block in pictures.blocks():
            for pixels, place in zip(block, place_of[start : start + len(block)], strict=True):
                if place >= 0:
                    write(int(place), pixels if same else way.apply(pixels))
            start += len(block)

    if int(np.prod(shape)) <= MEMORY_BUDGET:
        images = np.empty(shape, np.uint8)
        fill(images.__setitem__)
        return Rendered(images, np.arange(len(rows)), way)

    def make(file: Path) -> Content:
        from versus.filesystem.placed import PlacedWriter  # only for large sets

        with PlacedWriter(file) as out:
            size = int(np.prod(shape[1:]))
            fill(lambda place, pixels: out.write(place * size, np.ascontiguousarray(pixels).data))
        return Content(list(shape), {}, [])

    with stored(cache, entry_key(way, pictures, rows), shape, make) as kept:
        assert kept is not None  # noqa: S101
        return _of_stored(kept, way, in_memory=False)
