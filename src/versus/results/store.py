"""Where records lie: plain folders, so that a study can be copied, zipped and read without versus.

DIR/study.json, verdicts.json ...; DIR/VARIANT/SEED/ holds one run, DIR/.damaged/ what was set
aside. A run's folder appears as a whole, by one rename: a reader sees all of a run or nothing.
"""

import contextlib
import errno
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from versus.errors import DamagedError, ResultsError
from versus.filesystem import atomic, locks
from versus.filesystem.leftovers import is_leftover, temporary_name
from versus.filesystem.operations import DISK, FileSystem
from versus.results.contract import Store
from versus.results.lock_files import AT_WORK, LOCK, claim_name, is_stale_lock, removed_lock
from versus.results.progress import is_abandoned

DAMAGED = ".damaged"


class DirectoryStore(Store):
    """The runs of one study, in the folder `root`."""

    def __init__(self, root: Path | str, disk: FileSystem = DISK) -> None:
        """Nothing is made until something is written.

        Args:
            root: DIR of the study.
            disk: what to read and write by.
        """
        self.root = Path(root)
        self._disk = disk

    @property
    def shared(self) -> bool:
        """Another process that opens the same folder sees, and writes, the same runs."""
        return True

    @contextlib.contextmanager
    def locked(self, wait: float = 60.0) -> Iterator[None]:
        """Keep every other process from planning or concluding in this folder, inside the block.

        The system takes the lock from a process that ends, however it ends.
        """
        path = self.root / LOCK
        with _named_errors(path):
            atomic.make_folders(self.root, self._disk)
            lock = locks.acquire(path, wait=wait)
        if lock is None:
            raise ResultsError(
                f"{self.root}: another versus has this study locked{_holder(path)}: wait until it "
                "is done, or give another folder with --out"
            )
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[bool]:
        """Be known as one that runs this study inside the block; yields whether others do."""
        path = self.root / AT_WORK
        with contextlib.ExitStack() as stack:
            with _named_errors(path):
                others = stack.enter_context(locks.present(path))
            yield others

    def claim(self, variant: str, seed: int) -> locks.Lock | None:
        """Return the lock on a run, DIR/VARIANT/.SEED.lock; None if another process has it."""
        path = self._claim_path(variant, seed)
        with _named_errors(path):
            atomic.make_folders(path.parent, self._disk)
            return locks.acquire(path)

    def claimed_by(self, variant: str, seed: int) -> str | None:
        """Return who makes a run just now, in words; None if nobody does."""
        path = self._claim_path(variant, seed)
        said = locks.holder(path)
        return (said or "another process") if locks.is_held(path) else None

    def _claim_path(self, variant: str, seed: int) -> Path:
        return self.root / variant / claim_name(seed)

    def check_writable(self) -> None:
        """Raise ResultsError unless something can be written under `root`; leave nothing there."""
        disk = self._disk
        with _named_errors(self.root):
            made = atomic.make_folders(self.root, disk)
            probe = self.root / temporary_name("probe")
            try:
                atomic.write_file(probe, b"probe", disk)
                disk.remove_file(probe)
            finally:
                with contextlib.suppress(OSError):
                    atomic.remove_tree(probe, disk)
                for folder in reversed(made):
                    with contextlib.suppress(OSError):
                        disk.remove_folder(folder)

    def settle(self) -> None:
        """Make what killed processes left behind lasting, or remove it; call it under the lock.

        A run that was renamed into its place by a process killed just then may not have reached
        the disk yet; from here on it counts as finished, so it must.
        """
        with _named_errors(self.root):
            for place in self.leftovers():
                if not removed_lock(place):
                    atomic.remove_tree(place, self._disk)
            for folder in (self.root, *self._variants()):
                atomic.sync(folder, self._disk)

    def checkpoint_folder(self, variant: str, seed: int) -> Path:
        """Return DIR/VARIANT/.SEED.checkpoint: beside the run's folder, which appears whole."""
        return self.root / variant / f".{seed}.checkpoint"

    def checkpoints(self) -> list[tuple[str, int, Path]]:
        """Return variant, seed and folder of every state that is kept."""
        return [
            (folder.name, int(found[1]), folder / name)
            for folder in self._variants()
            for name in self._names(folder)
            if (found := re.fullmatch(r"\.(\d+)\.checkpoint", name))
        ]

    def leftovers(self) -> list[Path]:
        """Return what processes that were killed have left: files half-written, and locks."""
        # A run's own folder appears whole; only what an opened test set gave is written into it.
        tests = [self.run_folder(*run) / "test" for run in sorted(self._runs())]
        folders = (self.root, *self._variants(), *tests)
        hidden = [f / name for f in folders for name in self._names(f) if name.startswith(".")]
        return [
            p
            for p in hidden
            if is_leftover(p.name) or is_stale_lock(p) or is_abandoned(p, self._disk)
        ]

    def set_aside(self, variant: str, seed: int) -> Path:
        """Move a damaged run to DIR/.damaged/VARIANT/SEED.N; return where it is now."""
        folder = self.root / DAMAGED / variant
        taken = self._names(folder)
        number = next(n for n in range(1, len(taken) + 2) if f"{seed}.{n}" not in taken)
        source, target = self.run_folder(variant, seed), folder / f"{seed}.{number}"
        with _named_errors(source):
            atomic.move(source, target, self._disk)
        return target

    def set_asides(self) -> list[Path]:
        """Return where every run that was set aside is."""
        root = self.root / DAMAGED
        return [root / v / name for v in self._names(root) for name in self._names(root / v)]

    def remove(self, places: Iterable[Path]) -> None:
        """Remove files and folders below `root`, and the folders that this leaves empty."""
        for place in places:
            with _named_errors(place):
                if not removed_lock(place):
                    atomic.remove_folder(place, self._disk)
            self.remove_empty(place)

    def remove_empty(self, place: Path) -> None:
        """Remove the folders below `root` that held a place, where nothing is left in them."""
        for folder in (place.parent, place.parent.parent):
            if folder != self.root and self.root in folder.parents:
                with contextlib.suppress(OSError):  # something is left in it
                    self._disk.remove_folder(folder)

    def _variants(self) -> list[Path]:
        """Return the folders that may hold runs: hidden ones are no variant's."""
        return [
            self.root / name
            for name in self._names(self.root)
            if not name.startswith(".") and (self.root / name).is_dir()
        ]

    def _runs(self) -> set[tuple[str, int]]:
        return {
            (folder.name, int(name))
            for folder in self._variants()
            for name in self._names(folder)
            if _is_seed(name) and self._is_there(folder.name, int(name))
        }

    def _is_there(self, variant: str, seed: int) -> bool:
        return bool(self._names(self.run_folder(variant, seed)))

    def _names(self, folder: Path) -> list[str]:
        try:
            return self._disk.names(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as cause:
            raise ResultsError(f"{folder}: cannot be read: {cause.strerror or cause}") from cause

    def _read(self, name: str) -> bytes | None:
        path = self.root / name
        try:
            return self._disk.read(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as cause:
            # A disk that cannot read it, or a folder in its place: the record is lost.
            lost = cause.errno in (errno.EIO, errno.EISDIR)
            kind, what = (DamagedError, "damaged") if lost else (ResultsError, "cannot be read")
            raise kind(f"{path}: {what}: {cause.strerror or cause}") from cause

    def _write(self, name: str, data: bytes) -> None:
        with _named_errors(self.root / name):
            atomic.write_file(self.root / name, data, self._disk)

    def _write_run(
        self, variant: str, seed: int, contents: Mapping[str, bytes], *, replace: bool
    ) -> None:
        folder = self.run_folder(variant, seed)
        with _named_errors(folder):
            atomic.write_folder(folder, contents, self._disk, replace=replace)


def _holder(lock: Path) -> str:
    """Return who holds the lock, in brackets; "" where that cannot be read."""
    said = locks.holder(lock)
    return f" ({said})" if said else ""


def _is_seed(name: str) -> bool:
    return name.isdecimal() and name == str(int(name))


@contextlib.contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Turn an error of the operating system into one that names the path and says what to do."""
    try:
        yield
    except OSError as cause:
        full = cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "free some space, or " if full else ""
        raise ResultsError(
            f"{path}: {cause.strerror or cause}: {advice}choose a folder that can be written, "
            "with --out"
        ) from cause
