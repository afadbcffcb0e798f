"""Gzipped IDX files over the web: mirrors in turn, resumed after a drop, checked before use.

A file grows as `NAME.gz.part` and takes its name only when the SHA-256 of what is in it is right.
"""

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from versus.data import idx
from versus.data.download_progress import Report, progress_bar
from versus.data.idx_folder import check_digest
from versus.errors import DataError, DataUnavailableError
from versus.filesystem.atomic import publish

MAX_BYTES = 100_000_000
"""No file of a built-in set comes near this; a mirror that offers more is not one."""

_TIMEOUT = 20.0  # seconds without a byte
_LOCK_TIMEOUT = 1800.0  # seconds for another process to finish the same download
_TRIES = 5  # on one mirror, as long as each brings at least a byte
_CHUNK = 1 << 16


class _MirrorError(Exception):
    """One mirror failed; the next may do better."""


def download_files(mirrors: Sequence[str], checksums: Mapping[str, str], folder: Path) -> None:
    """Fetch into `folder` every file of `checksums` that it does not hold yet, as `.gz`.

    Of several processes that do so at once, one downloads and the others wait for it.

    Args:
        mirrors: folders on the web, each ending in "/", the first tried first.
        checksums: file stem to the SHA-256 of its uncompressed bytes.
        folder: made where there is none; keeps the parts of what failed, for the next time.

    Raises:
        DataUnavailableError: no mirror gave a file; the message names each mirror's error.
        DataError: `folder` cannot be written to.
    """
    import filelock  # only needed here

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / ".lock", timeout=_LOCK_TIMEOUT):
            for stem, sha256 in checksums.items():
                target = folder / f"{stem}.gz"
                if target.exists() or (folder / stem).exists():
                    continue
                urls = [mirror + target.name for mirror in mirrors]
                with progress_bar(f"{folder.name}/{target.name}") as report:
                    _fetch(urls, target, sha256, report)
    except filelock.Timeout as error:
        raise DataUnavailableError(
            f"another process has been downloading into {folder} for {_LOCK_TIMEOUT:.0f} seconds"
        ) from error
    except DataError:
        raise
    except OSError as error:
        raise _disk_error(folder, error) from error


def _fetch(urls: Sequence[str], target: Path, sha256: str, report: Report) -> None:
    """Download one file from the first of `urls` that gives the right one."""
    part = target.with_name(f"{target.name}.part")
    failures: list[str] = []
    for url in urls:
        try:
            _fetch_from(url, part, sha256, report)
        except _MirrorError as error:
            failures.append(f"{urlsplit(url).netloc}: {error}")
            continue
        publish(part, target)
        return
    raise DataUnavailableError(f"{target.name} from {'; '.join(failures)}")


def _fetch_from(url: str, part: Path, sha256: str, report: Report) -> None:
    """Complete `part` from one mirror and check it; a wrong one is thrown away."""
    while True:
        resumed = _size(part) > 0
        _transfer_with_retries(url, part, report)
        try:
            check_digest(idx.read_bytes(part), sha256, part, "try another mirror")
        except DataError as error:
            part.unlink(missing_ok=True)
            if not resumed:
                raise _MirrorError("sent a file that is not the original") from error
            # The beginning came from an earlier run or another mirror: once more, from scratch.
        else:
            return


def _transfer_with_retries(url: str, part: Path, report: Report) -> None:
    """Go on after each drop, as long as every try brings something."""
    for tries_left in reversed(range(_TRIES)):
        before = _size(part)
        try:
            _transfer(url, part, report)
        except (OSError, http.client.HTTPException) as error:
            if not tries_left or _size(part) <= before:
                raise _MirrorError(_short(error)) from error
        else:
            return


def _transfer(url: str, part: Path, report: Report) -> None:
    """Append to `part` what it lacks, or write it anew if the mirror sends the whole file."""
    have = _size(part)
    headers = {"User-Agent": "versus", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and have:  # nothing lies beyond: the part is whole, or wrong
            return
        raise
    with response:
        start = _start_of(response, have)
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        _refuse_beyond_limit(total or 0, part)
        done = start
        with _open_part(part, start) as file:
            while chunk := response.read(_CHUNK):
                done += len(chunk)
                _refuse_beyond_limit(done, part)
                _append(chunk, file, part)
                report(done, total)
    if total is not None and done < total:  # http.client is silent about it when read in chunks
        raise ConnectionError(f"connection lost at byte {done:,} of {total:,}")


def _start_of(response: Any, have: int) -> int:
    """Return where the answer's first byte belongs: 0 if the mirror does not know ranges."""
    if response.status != 206:
        return 0
    sent = response.headers.get("Content-Range", "")
    found = re.match(r"bytes (\d+)-", sent)
    if not found or int(found[1]) != have:
        raise _MirrorError(f"asked for the bytes from {have:,}, it sent '{sent}'")
    return have


def _refuse_beyond_limit(count: int, part: Path) -> None:
    if count > MAX_BYTES:
        part.unlink(missing_ok=True)
        raise _MirrorError(f"offers more than {MAX_BYTES:,} bytes, so it is not the original")


def _open_part(part: Path, start: int) -> BinaryIO:
    try:
        return part.open("ab" if start else "wb")
    except OSError as error:
        raise _disk_error(part, error) from error


def _append(chunk: bytes, file: BinaryIO, part: Path) -> None:
    """Write at once, so that a full disk is known as one and not taken for a bad mirror."""
    try:
        file.write(chunk)
        file.flush()
    except OSError as error:
        raise _disk_error(part, error) from error


def _disk_error(path: Path, error: OSError) -> DataError:
    return DataError(
        f"{path}: cannot be written ({error.strerror or error}): free some space, or set "
        "VERSUS_CACHE to a folder that can be written to"
    )


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _short(error: Exception) -> str:
    """Say in a few words what went wrong on the way to a mirror."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        error = error.reason if isinstance(error.reason, Exception) else error
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__
