"""The lock files of a study: DIR/.lock, DIR/.at-work, and DIR/VARIANT/.SEED.lock of a run."""

import re
from pathlib import Path

from versus.filesystem import locks

LOCK = ".lock"
AT_WORK = ".at-work"


def claim_name(seed: int) -> str:
    """Return the name of a run's lock file, beside the run's folder."""
    return f".{seed}.lock"


def is_stale_lock(path: Path) -> bool:
    """Whether a file is a lock that no living process holds."""
    return _is_lock(path) and not locks.is_held(path, shared=path.name == AT_WORK)


def removed_lock(path: Path) -> bool:
    """Whether a file is a lock; it is removed, unless somebody has taken it just now."""
    if not _is_lock(path):
        return False
    if path.exists() and (lock := locks.acquire(path)):
        lock.release()
    return True


def _is_lock(path: Path) -> bool:
    return path.name == AT_WORK or re.fullmatch(r"\.\d+\.lock", path.name) is not None
