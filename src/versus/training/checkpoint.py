"""Checkpoint: a training's state in one file, so that a killed one goes on where it was.

It is written whole and synced before it takes the place of the one before; a damaged one only
costs time, since the training it belongs to gives the same from the start.
"""

import contextlib
import errno
import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from versus.errors import ConfigurationError, TrainingError
from versus.filesystem.atomic import write_file
from versus.filesystem.operations import DISK, FileSystem
from versus.filesystem.placed import remove_leftovers
from versus.training.snapshot import Snapshot, pack, unpack

FORMAT = 2
FILE = "checkpoint.npz"
# A save may take at most this share of the time between two.
COST = 0.01
# In a study the record follows the end of a training soon: fewer seconds are not worth a save.
WORTH = 5.0
FULL = (errno.ENOSPC, errno.EDQUOT)
logger = logging.getLogger("versus")


@dataclass
class Checkpoint:
    """Where and how often the state of one training is kept.

    Attributes:
        folder: holds the one file; made if missing.
        seconds: between two saves; more where a save takes more than 1 % of that.
        every_epoch: save at the end of every epoch as well.
        of: what else makes the training this one: a checkpoint of another gives way. None where
            a user named the folder; then another training's is refused.
        disk: what to write by.
    """

    folder: Path | str
    seconds: float = 30.0
    every_epoch: bool = False
    of: str | None = None
    disk: FileSystem = DISK
    _identity: Mapping[str, str] = field(default_factory=dict, init=False)
    _next: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)
    _place: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Check what was given.

        Raises:
            ConfigurationError: `folder` is no path, or `seconds` is no number of 0 or more.
        """
        if not isinstance(self.folder, (str, os.PathLike)) or not str(self.folder):
            raise ConfigurationError(f"checkpoint: expected a folder; got {self.folder!r}")
        self.folder = Path(self.folder)
        if not self.seconds >= 0:
            raise ConfigurationError(f"Checkpoint.seconds: expected 0 or more; got {self.seconds}")

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.folder) / FILE

    def begin(self, identity: Mapping[str, str]) -> Snapshot | None:
        """Start the clock, and return what an earlier process has kept of this training.

        Args:
            identity: what makes it this training and no other, by the names a user knows.

        Raises:
            TrainingError: the file is of another training or another format, or cannot be written.
        """
        self._identity = {**identity, "run": self.of or ""}
        self._last = time.monotonic()
        self._next, self._place = self._last + self.seconds, ""
        if self.of is None:
            self._check_writable()
        self._remove_leftovers()
        try:
            found = unpack(self.disk.read(self.path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as cause:  # a flipped bit may look like anything to a zip's reader
            logger.warning("%s: damaged (%s): the training starts anew", self.path, cause)
            return None
        reason = self._why_not(found)
        if reason and self.of is None:
            raise TrainingError(f"{self.path}: {reason}: remove it, or give another folder")
        if reason:
            logger.info("%s: %s: the training starts anew", self.path, reason)
            return None
        self._place = _place(found.values)
        return found

    def _why_not(self, found: Snapshot) -> str:
        """Return why what is there is not taken up; "" if it is.

        Raises:
            TrainingError: a newer versus wrote it.
        """
        theirs: Any = found.values["format"]
        if theirs > FORMAT:
            raise TrainingError(
                f"{self.path}: written by a newer versus; this one reads format {FORMAT}: use that "
                "one, or remove the file to train anew"
            )
        if theirs < FORMAT:
            return f"written by an older versus in format {theirs}, which this one does not read"
        kept: Any = found.values["identity"]
        different = [name for name, mine in self._identity.items() if kept.get(name) != mine]
        return f"of another training (other {', other '.join(different)})" if different else ""

    def position(self) -> tuple[int, int] | None:
        """Return the epoch (from 0) under way and how many steps of it were done at the last save.

        None where nothing is kept that can be read. Only the two numbers are read.
        """
        try:
            with np.load(self.path, allow_pickle=False) as file:
                values = json.loads(str(file["values"]))
            return int(values["epoch"]), int(values["step"])
        except Exception:  # as in `begin`: whatever a damaged file looks like to its reader
            return None

    def due(self, *, ended: bool = False) -> bool:
        """Return whether it is time for a save.

        Args:
            ended: the training is through, and a later call would give back what is saved now.
        """
        now = time.monotonic()
        worth = 0.0 if self.of is None else WORTH
        return now >= self._next or (ended and now - self._last >= worth)

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of the one before.

        Where that fails (no space left) it is said, and the training goes on with the one before.
        """
        start = time.monotonic()
        values = {"format": FORMAT, "identity": self._identity, **snapshot.values}
        try:
            write_file(self.path, pack(Snapshot(snapshot.arrays, values)), self.disk)
        except (OSError, TypeError, ValueError) as cause:
            self.failed(cause)
        else:
            self._place, self._last = _place(values), time.monotonic()
        self.postpone(time.monotonic() - start)

    def failed(self, cause: Exception) -> None:
        """Say that a save did not succeed, and what is kept all the same."""
        reason = getattr(cause, "strerror", None) or cause
        logger.warning("%s: %s: not saved; %s", self.path, reason, self.kept())

    def postpone(self, took: float = 0.0) -> None:
        """Set the time of the next save after one that took some seconds."""
        self._next = time.monotonic() + max(self.seconds, took / COST)

    def kept(self) -> str:
        """Return in words what is saved of this training."""
        if not self._place:
            return "nothing of this training is saved yet"
        return f"{self.path} holds it as of {self._place}"

    def remove(self) -> None:
        """Remove the file, and its folder where nothing else is in it."""
        if Path(self.folder).is_dir():
            self._remove_leftovers()
            with contextlib.suppress(OSError):
                self.disk.remove_file(self.path)
            with contextlib.suppress(OSError):
                self.disk.remove_folder(Path(self.folder))

    def _check_writable(self) -> None:
        """Find out before hours are spent, not at the first save.

        Raises:
            TrainingError: no file can be made in the folder.
        """
        probe = Path(self.folder) / ".writable"
        try:
            write_file(probe, b"", self.disk)
            self.disk.remove_file(probe)
        except OSError as cause:
            if cause.errno in FULL:
                return  # there may be room by then; a save that fails is said
            raise TrainingError(
                f"{self.folder}: checkpoints cannot be written there: {cause.strerror or cause}: "
                "give another folder"
            ) from cause

    def _remove_leftovers(self) -> None:
        """Remove what processes that were killed while saving have left."""
        with contextlib.suppress(OSError):
            remove_leftovers(Path(self.folder), self.disk)


def _place(values: Mapping[str, Any]) -> str:
    if values.get("ended"):
        return "its end"
    return f"epoch {values.get('epoch', 0) + 1}, step {values.get('step', 0)}"
