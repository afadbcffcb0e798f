"""Where records lie: plain folders, so that a study can be copied, zipped and read without versus.

DIR/study.json, verdicts.json ...; DIR/VARIANT/SEED/ holds one run. A run's folder appears as a
whole, by one rename: a reader sees all of a run or nothing of it.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from versus.errors import ConfigurationError, ResultsError
from versus.results.encoding import json_bytes
from versus.results.record import FORMAT, RunRecord

RECORD = "record.json"
LOCK = ".lock"


class DirectoryStore:
    """The runs of one study, in the folder `root`."""

    def __init__(self, root: Path | str) -> None:
        """Nothing is made until something is written.

        Args:
            root: DIR of the study.
        """
        self.root = Path(root)

    def run_folder(self, variant: str, seed: int) -> Path:
        """Return the folder of a run."""
        return self.root / variant / str(seed)

    def read(self, variant: str, seed: int) -> RunRecord | None:
        """Return the record of a run, None if there is none.

        Raises:
            ResultsError: it is damaged, or of a newer format.
        """
        path = self.run_folder(variant, seed) / RECORD
        content = _read_json(path)
        if content is None:
            return None
        if isinstance(content, dict) and content.get("format", 0) > FORMAT:
            raise ResultsError(f"{path}: written by a newer versus; this one reads format {FORMAT}")
        try:
            return RunRecord.from_dict(content)
        except ConfigurationError as cause:
            raise ResultsError(f"{path}: damaged: {cause}") from cause

    def records(self) -> Iterator[RunRecord]:
        """Yield the record of every run there is, by variant and seed."""
        for path in sorted(self.root.glob(f"*/*/{RECORD}")):
            if path.parent.name.isdecimal():
                record = self.read(path.parent.parent.name, int(path.parent.name))
                if record is not None:
                    yield record

    def write(self, record: RunRecord, files: Mapping[str, bytes]) -> RunRecord:
        """Write a run at once, and return its record with the checksums of `files`.

        A failed run in the same place is replaced.

        Raises:
            ResultsError: the folder cannot be written, or holds a finished run already.
        """
        checksums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        record = record.model_copy(update={"files": checksums})
        folder = self.run_folder(record.variant, record.seed)
        temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
        contents = {**files, RECORD: json_bytes(record.to_dict())}
        with _named_errors(folder):
            temporary.mkdir(parents=True)
            try:
                for name, data in contents.items():
                    _write_synced(temporary / name, data)
                self._discard_failed(folder)
                temporary.rename(folder)
                _sync_folder(folder.parent)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                _remove_if_empty(folder.parent)
                raise
        return record

    def read_file(self, record: RunRecord, name: str) -> bytes:
        """Return a file of a run, held against its checksum.

        Raises:
            ResultsError: it is missing or was changed.
        """
        path = self.run_folder(record.variant, record.seed) / name
        with _named_errors(path):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record.files.get(name):
            raise ResultsError(f"{path}: its bytes are not those the run wrote (checksum differs)")
        return data

    def write_study_file(self, name: str, content: Any) -> Path:
        """Write `content` (bytes, text, or anything JSON takes) as DIR/name, atomically."""
        data = content if isinstance(content, bytes) else None
        if data is None:
            data = content.encode() if isinstance(content, str) else json_bytes(content)
        path = self.root / name
        temporary = path.with_name(f".{name}.{secrets.token_hex(4)}.tmp")
        with _named_errors(path):
            self.root.mkdir(parents=True, exist_ok=True)
            try:
                _write_synced(temporary, data)
                temporary.replace(path)
                _sync_folder(self.root)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        return path

    def read_study_file(self, name: str) -> Any:
        """Return DIR/name parsed as JSON, None if there is none."""
        return _read_json(self.root / name)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from running studies in this folder, inside the block.

        Raises:
            ResultsError: another process does so already.
        """
        path = self.root / LOCK
        with _named_errors(path):
            self.root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path, timeout=0)
            try:
                lock.acquire()
            except Timeout as cause:
                raise ResultsError(
                    f"{self.root}: another versus is running a study here: wait until it is done, "
                    "or give another folder with --out"
                ) from cause
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            lock.release()

    def check_writable(self) -> None:
        """Raise ResultsError unless something can be written under `root`; leave nothing there."""
        made = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        probe = self.root / f".probe.{secrets.token_hex(4)}"
        with _named_errors(self.root):
            try:
                self.root.mkdir(parents=True, exist_ok=True)
                probe.touch()
                probe.unlink()
            finally:
                for folder in made:
                    _remove_if_empty(folder)

    def _discard_failed(self, folder: Path) -> None:
        if not folder.exists():
            return
        record = self.read(folder.parent.name, int(folder.name))
        if record is not None and record.status == "finished":
            raise ResultsError(f"{folder}: holds a finished run, which is never overwritten")
        shutil.rmtree(folder)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, OSError) as cause:
        raise ResultsError(f"{path}: damaged: {cause}") from cause


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


@contextlib.contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that names the path and says what to do."""
    try:
        yield
    except OSError as cause:
        raise ResultsError(
            f"{path}: {cause.strerror or cause}: choose a folder that can be written, with --out"
        ) from cause
