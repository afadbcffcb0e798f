"""Pictures kept in the cache, decoded and prepared: looked up by content, mapped into memory.

An entry is a folder named by a hash of the picture files' bytes, in order, and the Preparation. It
appears whole, by one rename; its bytes are checked against their SHA-256 whenever it is opened.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL

from versus.data.files import writing_cache
from versus.data.memory_map import BLOCK, map_images
from versus.data.preparation import Preparation
from versus.data.sources.found import EncodedPictures, PixelPictures
from versus.errors import DataError
from versus.filesystem.atomic import make_folders, remove_folder, write_file
from versus.filesystem.locks import acquire, holder
from versus.filesystem.placed import PlacedWriter, published
from versus.filesystem.scratch import Scratch

FORMAT = 1
PICTURES, ENTRY = "pictures.u8", "entry.json"
LONGEST_DECODING = 3600.0
"""Seconds to wait for another process that prepares the same pictures."""


@dataclass(frozen=True)
class Content:
    """What a file of pictures was made from.

    Attributes:
        shape: `[n, height, width, channels]` of what was asked for.
        notes: what the decoder had to decide, with how often.
        bad: (place, reason) of what could not be read: these are not in the file.
    """

    shape: list[int]
    notes: dict[str, int]
    bad: list[tuple[int, str]]

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of what is in the file."""
        return (self.shape[0] - len(self.bad), *self.shape[1:])


@dataclass(frozen=True)
class Stored:
    """Pictures mapped into memory, read-only, and what they were made from."""

    images: npt.NDArray[np.uint8]
    content: Content


def entry_folder(cache: Path) -> Path:
    """Return the folder of all entries."""
    return cache / "prepared"


def entry_key(
    way: Preparation, pictures: EncodedPictures | PixelPictures, rows: npt.NDArray[np.int64]
) -> str:
    """Return the name of the entry for these pictures, in this order, prepared so."""
    head = {"format": FORMAT, "pillow": PIL.__version__, "preparation": way.to_dict()}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    if isinstance(pictures, PixelPictures):
        digest.update(pictures.digest().encode())
        digest.update(np.ascontiguousarray(rows, "<i8").data)
        return digest.hexdigest()[:40]
    order = np.argsort(rows, kind="stable")
    digests = np.zeros((len(rows), 16), np.uint8)
    for place in order.tolist():  # as they lie on the disk
        digests[place] = np.frombuffer(_digest(pictures, int(rows[place])), np.uint8)
    digest.update(digests.data)
    return digest.hexdigest()[:40]


@contextmanager
def stored(
    cache: Path, key: str, shape: tuple[int, ...], make: Callable[[Path], Content | None]
) -> Generator[Stored | None]:
    """Give the pictures of an entry, made if it is not there.

    Args:
        cache: folder of the cache.
        key: name of the entry; "" for a file that is gone after the block.
        shape: `[n, height, width, channels]` of what `make` writes.
        make: writes pixels into the file at a path; None means that it gave up.

    Raises:
        DataError: the cache cannot be written, or there is not enough space.
    """
    size = int(np.prod(shape))
    with writing_cache(cache):
        make_folders(entry_folder(cache))
        _check_space(cache, size)
    if not key:
        with writing_cache(cache):
            scratch = Scratch(cache / "unpacked", "pictures")
        try:
            content = _make(scratch.path, make, size)
            yield None if content is None else _open(scratch.path, content)
        finally:
            scratch.remove()
        return
    folder = entry_folder(cache) / key
    with writing_cache(cache):
        lock = acquire(folder.with_suffix(".lock"), wait=LONGEST_DECODING)
    if lock is None:
        raise DataError(
            f"{folder}: {holder(folder.with_suffix('.lock'))} has been preparing the same pictures "
            f"for {LONGEST_DECODING:.0f} seconds: wait for it or end it"
        )
    try:
        found = _look_up(folder) or _publish(folder, make, size)
    finally:
        lock.release()
    yield found


def _publish(folder: Path, make: Callable[[Path], Content | None], size: int) -> Stored | None:
    with writing_cache(folder.parent):
        if folder.exists():  # damaged: made anew
            remove_folder(folder)
        try:
            with published(folder) as temporary:
                content = _make(temporary / PICTURES, make, size)
                if content is None:
                    raise _GivenUp
                facts = {**vars(content), "sha256": _sha256(temporary / PICTURES)}
                write_file(temporary / ENTRY, json.dumps(facts).encode())
        except _GivenUp:
            return None
    return _open(folder / PICTURES, content)


class _GivenUp(Exception):
    """What makes an entry has given up."""


def _make(file: Path, make: Callable[[Path], Content | None], size: int) -> Content | None:
    """Write all pictures, then close the gaps of those that could not be read."""
    with PlacedWriter(file) as out:
        out.cut(size)
    content = make(file)
    if content is None or not content.bad:
        return content
    one = int(np.prod(content.shape[1:]))
    bad, end = {place for place, _ in content.bad}, 0
    with PlacedWriter(file) as out:
        for place in range(content.shape[0]):
            if place not in bad:
                if end != place:
                    out.write(end * one, out.read(place * one, one))
                end += 1
        out.cut(end * one)
    return content


def _look_up(folder: Path) -> Stored | None:
    """Return an entry, None where there is none that is whole."""
    try:
        facts: dict[str, Any] = json.loads((folder / ENTRY).read_bytes())
        content = Content(
            facts["shape"], facts["notes"], [(place, why) for place, why in facts["bad"]]
        )
        size = (folder / PICTURES).stat().st_size
        if size != int(np.prod(content.stored_shape)):
            return None
        if _sha256(folder / PICTURES) != facts["sha256"]:
            return None
        os.utime(folder)  # when it was last used, for who prunes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _open(folder / PICTURES, content)


def _open(file: Path, content: Content) -> Stored:
    return Stored(map_images(file, content.stored_shape), content)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(BLOCK):
            digest.update(chunk)
    return digest.hexdigest()


def _digest(pictures: EncodedPictures, row: int) -> bytes:
    try:
        data = pictures.read(row)
    except DataError as error:
        data = str(error).encode()
    return hashlib.blake2b(data, digest_size=16).digest()


def _check_space(cache: Path, size: int) -> None:
    free = shutil.disk_usage(cache).free
    if free < size + 64 * 2**20:
        raise DataError(
            f"{cache}: expected {size:,} bytes of space for the prepared pictures; there are "
            f"{free:,}: free some, give a smaller --size, or set VERSUS_CACHE to another disk"
        )
