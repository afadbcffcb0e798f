"""Files read and written as a whole, with errors that name the file and say what to do."""

import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from versus.errors import DataError, DataFormatError, DataUnavailableError
from versus.filesystem.atomic import write_file

# What a file's first bytes say it is; the IDX format's own are 00 00.
_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "gzip: decompress it first"),
    (b"PK", "a zip archive: unpack it first"),
    (b"BZh", "bzip2: decompress it first"),
    (b"\xfd7zXZ", "xz: decompress it first"),
    (b"\x28\xb5\x2f\xfd", "zstd: decompress it first"),
    (b"\x93NUMPY", "a NumPy .npy file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x02", "a Python pickle"),
    (b"Rar!", "a RAR archive: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"MATLAB 5.0 MAT", "a MATLAB file"),
    (b"version https://git-lfs", "a Git LFS pointer: run `git lfs pull`"),
)


def looks_like(start: bytes) -> str:
    """Name the format that a file starting with `start` seems to have; "" where unknown."""
    for signature, name in _SIGNATURES:
        if start.startswith(signature):
            return name
    if start[4:8] == b"ftyp":
        return "an HEIC or AVIF image, or a video"
    if start.lstrip()[:1] == b"<":
        return "an HTML or XML page, such as a server's error page"
    if len(start) > 3 and start[1] in (8, 9, 11, 12, 13, 14) and start[2:4] == b"\x00\x00":
        return "an IDX file with its bytes swapped"
    if start and all(32 <= byte < 127 or byte in b"\t\r\n" for byte in start):
        return "a text file"
    return ""


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Turn the errors of the operating system while `path` is read into ours.

    Raises:
        DataUnavailableError: there is no such file.
        DataFormatError: it is a folder, or something else that is no plain file.
        DataError: it cannot be read.
    """
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "something that is no plain file"
            raise DataFormatError(f"{path}: expected a file; got {what}: give the path of a file")
        yield
    except FileNotFoundError as error:
        raise DataUnavailableError(
            f"{path}: expected a file; there is none: check the path"
        ) from error
    except PermissionError as error:
        raise DataError(
            f"{path}: expected a file that can be read; got permission denied: "
            "change its permissions or copy it"
        ) from error
    except DataError:
        raise
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}): check the disk"
        ) from error


@contextmanager
def writing_cache(folder: Path) -> Generator[None]:
    """Turn the errors of the operating system while the cache is written into ours.

    Raises:
        DataError: it cannot be written, as on a full disk.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written ({error.strerror or error}): free some space, or set "
            "VERSUS_CACHE to a folder that can be written to"
        ) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` into `path`, whole or not at all; its folder is made where there is none.

    Raises:
        DataError: it cannot be written; what was there is still there.
    """
    try:
        write_file(path, data)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror or error}): "
            "check the folder's permissions and the space left"
        ) from error
