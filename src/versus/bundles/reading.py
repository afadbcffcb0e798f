"""Reading a bundle: nothing in it is run, and nothing of it is read before its size is known.

The checksums find damage and tampering by someone who did not write them anew; who made a bundle
they do not tell. So the ONNX model is held against `check_onnx` too, whatever its checksum says.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from versus.bundles import manifest as names
from versus.bundles.manifest import Manifest
from versus.errors import BundleError, ConfigurationError, DamagedError, NewerFormatError
from versus.results.seal import unseal

MOST_BYTES = {names.MANIFEST: 2**24, names.MODEL: 2**30, names.HARDEST: 2**26}
"""Of each file that is read; a larger one is refused unread."""


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
    """Read the bundle in a folder, and hold its files against their checksums.

    `model.keras` and the card are not read: see `verify_bundle`.

    Raises:
        BundleError: there is none, it is damaged, too large, or of a newer versus.
    """
    place = Path(place)
    manifest = _manifest(place)
    model = _checked(place, names.MODEL, manifest)
    pixels = np.frombuffer(_checked(place, names.HARDEST, manifest), np.uint8)
    shape = (len(manifest.hardest), *manifest.preparation.shape)
    return Bundle(place, manifest, model, pixels.reshape(shape))


def verify_bundle(place: Path | str) -> Manifest:
    """Hold every file of a bundle against its checksum, those too that nothing here reads.

    Raises:
        BundleError: as `read_bundle`.
    """
    place = Path(place)
    manifest = _manifest(place)
    for name in manifest.files:
        _checked(place, name, manifest)
    return manifest


def _manifest(place: Path) -> Manifest:
    path = place / names.MANIFEST
    if not path.is_file():
        raise BundleError(
            f"{place}: no bundle here: expected a folder holding {names.MANIFEST}, as "
            "`versus export` writes it"
        )
    try:
        manifest = Manifest.from_dict(unseal(_read(place, names.MANIFEST), str(path), names.FORMAT))
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


def _checked(place: Path, name: str, manifest: Manifest) -> bytes:
    """Return the bytes of a file that are those the manifest tells of."""
    told, data = manifest.files[name], _read(place, name)
    if len(data) != told.bytes or hashlib.sha256(data).hexdigest() != told.sha256:
        raise BundleError(
            f"{place / name}: not the file that was exported (checksum differs): export it again"
        )
    return data


def _read(place: Path, name: str) -> bytes:
    """Return the bytes of a plain file inside `place`, no more than it may have."""
    path, most = place / name, MOST_BYTES.get(name, 2**31)
    # A link could lead out of the bundle, and a pipe would be waited for.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if (place / name).parent.is_symlink():
            raise BundleError(f"{path.parent}: expected a folder; got a link: export it again")
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"{path}: expected a plain file; got something else")
            if status.st_size > most:
                raise BundleError(
                    f"{path}: {status.st_size:,} bytes: at most {most:,} are expected there"
                )
            return file.read(most)
    except OSError as cause:
        raise BundleError(
            f"{path}: cannot be read: {cause.strerror or cause}: export it again"
        ) from cause
