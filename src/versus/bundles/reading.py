"""Reading a bundle: nothing in it is run, and nothing of it is read before its size is known.

The checksums find damage and tampering by someone who did not write them anew; who made a bundle
they do not tell. So the ONNX model is held against `check_onnx` too, whatever its checksum says.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from versus.bundles import manifest as names
from versus.bundles.manifest import Manifest
from versus.errors import BundleError, ConfigurationError, DamagedError, NewerFormatError
from versus.results.seal import unseal

MOST_BYTES = {names.MANIFEST: 2**24, names.MODEL: 2**30, names.HARDEST: 2**26}
MOST_BYTES_ELSE = 2**31
"""Of each file; a larger one is refused unread."""
_CHUNK = 2**20


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read and held against its checksums.

    Attributes:
        place: its folder.
        manifest: what it says of itself.
        model: the bytes of the ONNX model.
        hardest: uint8 `[n, height, width, channels]`, the pictures that `manifest.hardest` names.
    """

    place: Path
    manifest: Manifest
    model: bytes
    hardest: npt.NDArray[np.uint8]

    @property
    def name(self) -> str:
        """How a server calls the model."""
        return self.manifest.name


def read_bundle(place: Path | str) -> Bundle:
    """Read the bundle in a folder, and hold every file of it against its checksum.

    Of `model.keras` and of what is there for people and for Triton only the bytes are looked at.

    Raises:
        BundleError: there is none; or it is damaged, too large, of a newer versus, or has files
            beside those that were exported.
    """
    place = Path(place)
    manifest = _manifest(place)
    _check_nothing_added(place, manifest)
    kept = {name: _checked(place, name, manifest) for name in (names.MODEL, names.HARDEST)}
    for name in manifest.files.keys() - kept.keys():
        _check(place, name, manifest)
    pixels = np.frombuffer(kept[names.HARDEST], np.uint8)
    shape = (len(manifest.hardest), *manifest.preparation.shape)
    return Bundle(place, manifest, kept[names.MODEL], pixels.reshape(shape))


def _manifest(place: Path) -> Manifest:
    path = place / names.MANIFEST
    if not path.is_file():
        raise BundleError(
            f"{place}: no bundle here: expected a folder holding {names.MANIFEST}, as "
            "`versus export` writes it"
        )
    try:
        told = unseal(_read(place, names.MANIFEST), str(path), names.FORMAT, unsealed=0)
        manifest = Manifest.from_dict(told)
    except NewerFormatError as cause:
        raise BundleError(str(cause)) from cause
    except (DamagedError, ConfigurationError) as cause:
        text = str(cause).removeprefix(f"{path}: damaged: ")
        raise BundleError(f"{path}: damaged: {text}: export it again") from cause
    for index, hard in enumerate(manifest.hardest):
        if hard.label >= len(manifest.classes):
            raise BundleError(f"{path}: damaged: hardest.{index}: no class {hard.label}")
    if manifest.files[names.HARDEST].bytes != manifest.hardest_bytes:
        raise BundleError(
            f"{path}: damaged: expected {manifest.hardest_bytes:,} bytes in {names.HARDEST} for "
            f"{len(manifest.hardest)} pictures; it tells of "
            f"{manifest.files[names.HARDEST].bytes:,}: export it again"
        )
    return manifest


def _check_nothing_added(place: Path, manifest: Manifest) -> None:
    """Raise BundleError for a file that nobody exported: a folder `2` is what Triton would serve.

    Hidden ones are let be: desktops and version control leave them, and nothing reads them.
    """
    expected = {names.MANIFEST, *manifest.files}
    folders = {str(parent) for name in expected for parent in Path(name).parents}
    for folder in sorted(folders):
        try:
            inside = sorted(entry.name for entry in os.scandir(place / folder))
        except OSError:
            continue  # said of the file that should be in it
        for name in inside:
            inner = (Path(folder) / name).as_posix()
            if not name.startswith(".") and inner not in expected | folders:
                raise BundleError(
                    f"{place / inner}: not part of what was exported: take it out, or export the "
                    "run again"
                )


def _checked(place: Path, name: str, manifest: Manifest) -> bytes:
    """Return the bytes of a file that are those the manifest tells of."""
    data = _read(place, name)
    _compare(place, name, manifest, len(data), hashlib.sha256(data).hexdigest())
    return data


def _check(place: Path, name: str, manifest: Manifest) -> None:
    """Raise BundleError unless a file is the one the manifest tells of; it is not kept."""
    digest, size = hashlib.sha256(), 0
    with _opened(place, name) as file:
        while part := file.read(_CHUNK):
            digest.update(part)
            size += len(part)
    _compare(place, name, manifest, size, digest.hexdigest())


def _compare(place: Path, name: str, manifest: Manifest, size: int, sha256: str) -> None:
    told = manifest.files[name]
    if (size, sha256) != (told.bytes, told.sha256):
        raise BundleError(
            f"{place / name}: not the file that was exported (checksum differs): export it again"
        )


def _read(place: Path, name: str) -> bytes:
    """Return the bytes of a plain file inside `place`, no more than it may have."""
    with _opened(place, name) as file:
        return file.read(_most(name))


def _most(name: str) -> int:
    return MOST_BYTES.get(name, MOST_BYTES_ELSE)


@contextlib.contextmanager
def _opened(place: Path, name: str) -> Iterator[BinaryIO]:
    """Open a plain file inside `place` that is no larger than it may be."""
    path, most = place / name, _most(name)
    # A link could lead out of the bundle, and a pipe would be waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if (place / name).parent.is_symlink():
            raise BundleError(f"{path.parent}: expected a folder; got a link: export it again")
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(
                    f"{path}: expected a plain file; got something else: export it again"
                )
            if status.st_size > most:
                raise BundleError(
                    f"{path}: {status.st_size:,} bytes: at most {most:,} are expected there"
                )
            yield file
    except OSError as cause:
        link = cause.errno == errno.ELOOP  # how a system says so
        reason = (
            "expected a plain file; got a link" if link else f"cannot be read: {cause.strerror}"
        )
        raise BundleError(f"{path}: {reason}: export it again") from cause
