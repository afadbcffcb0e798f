"""What a run under way leaves on the disk for others to read: where it is, and who trains it.

DIR/VARIANT/.SEED.progress.json, about once a second, gone when the run ends. It is no part of any
record: it may be lost at any time, and what cannot be written is not.
"""

import contextlib
import json
import os
import platform
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from versus.errors import ConfigurationError
from versus.filesystem import atomic
from versus.filesystem.leftovers import identity, lives
from versus.filesystem.operations import DISK, FileSystem
from versus.filesystem.volatile import replace_file
from versus.results.encoding import json_bytes
from versus.schema import Schema
from versus.training.beat import Beat

FORMAT = 1
NAME = re.compile(r"\.(\d+)\.progress\.json")
# Writing may take at most this share of the time between two.
COST = 0.002


class RunProgress(Schema):
    """What one run says of itself.

    Attributes:
        format: version of this layout.
        variant, seed: of the run.
        process: what tells its process from every other.
        pid, host: the same, for people.
        written: UTC time, ISO 8601.
        beat: where its training is.
    """

    format: int = FORMAT
    variant: str
    seed: int
    process: str
    pid: int
    host: str
    written: str
    beat: Beat


class ProgressFile:
    """The progress file of one run, written by the process that trains it.

    Nothing that goes wrong with it ever reaches the training.
    """

    def __init__(
        self,
        checkpoint: Path,
        variant: str,
        seed: int,
        *,
        seconds: float = 1.0,
        disk: FileSystem = DISK,
    ) -> None:
        """Nothing is written yet.

        Args:
            checkpoint: folder of the run's checkpoint; the file lies beside it.
            variant: of the run.
            seed: of the run.
            seconds: between two writes; more where writing is slow.
            disk: what to write by.
        """
        self.path = progress_path(checkpoint, seed)
        self._seconds, self._disk, self._next = seconds, disk, 0.0
        self._who = {
            "variant": variant,
            "seed": seed,
            "process": identity(),
            "pid": os.getpid(),
            "host": platform.node(),
        }

    def write(self, beat: Beat) -> None:
        """Put `beat` into the file, if the last one is old enough."""
        start = time.monotonic()
        if start < self._next:
            return
        written = datetime.now(UTC).isoformat(timespec="seconds")
        content = RunProgress(**self._who, written=written, beat=beat)  # pyright: ignore[reportArgumentType]
        # A full disk, a folder that somebody removed: the run says nothing then, and goes on.
        with contextlib.suppress(OSError):
            # Records will lie in this folder: its name must survive a loss of power, unlike ours.
            atomic.make_folders(self.path.parent, self._disk)
            replace_file(self.path, json_bytes(content.to_dict()), self._disk)
        took = time.monotonic() - start
        self._next = start + max(self._seconds, took / COST)

    def remove(self) -> None:
        """Remove the file: the run has ended, or was stopped."""
        with contextlib.suppress(OSError):
            self._disk.remove_file(self.path)


def progress_path(checkpoint: Path, seed: int) -> Path:
    """Return the progress file of the run whose checkpoint lies in that folder."""
    return checkpoint.with_name(f".{seed}.progress.json")


def read_progress(path: Path) -> RunProgress | None:
    """Return what a run said last, None where there is nothing that can be read."""
    try:
        return RunProgress.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError, ConfigurationError):
        return None


def is_abandoned(path: Path, disk: FileSystem = DISK) -> bool:
    """Say whether `path` is a progress file whose process is proven to be gone.

    One that is no JSON was cut by a loss of power: a process that lives writes it whole.
    """
    if not NAME.fullmatch(path.name):
        return False
    try:
        content: Any = json.loads(disk.read(path))
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True
    # Another version may write other fields; a process is named alike in all.
    process = content.get("process") if isinstance(content, dict) else None
    return not isinstance(process, str) or lives(process) is False
