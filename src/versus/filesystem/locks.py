"""Locks between processes: the system's own, so that they end with the process that holds them.

What holds the lock is the open file, not what is written in it: no clock and no process number
decides, and the lock file of a dead process, or of a copied folder, locks nothing. The text says
who holds it, for people. A lock's descriptor can be given to another process; the lock then lasts
until both have ended or one of them has released it.
"""

import contextlib
import errno
import os
import platform
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

from filelock import FileLock, Timeout

# Between two looks at a lock that somebody else holds; in seconds.
INTERVAL = 0.05


class Lock:
    """A lock that this process holds on a file."""

    def __init__(self, path: Path, handle: "int | FileLock") -> None:
        """Use `acquire`."""
        self.path, self._handle = path, handle

    @property
    def descriptor(self) -> int | None:
        """The open file that holds the lock; None where it cannot be given to another process."""
        return self._handle if isinstance(self._handle, int) else None

    def release(self) -> None:
        """Give the lock back, and remove its file."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)  # while it is held: nobody else's file is removed
        self._let_go()

    def _let_go(self) -> None:
        if isinstance(self._handle, int):
            assert fcntl is not None  # noqa: S101
            # Closing is not enough where another process has the same open file.
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
        else:
            self._handle.release()


def acquire(path: Path, *, wait: float = 0.0, shared: bool = False) -> Lock | None:
    """Return the lock on the file `path`, which is made; None if another process holds it.

    Args:
        path: of the lock's file; its folder must be there.
        wait: seconds, on the monotonic clock, after which to give up.
        shared: any number of processes may hold it shared at once, but not beside an exclusive
            holder.

    Raises:
        OSError: the file cannot be made, or its file system knows no locks.
    """
    until = time.monotonic() + wait
    while True:
        lock = _try(path, shared=shared)
        if lock is not None or time.monotonic() >= until:
            return lock
        time.sleep(INTERVAL)


def is_held(path: Path, *, shared: bool = False) -> bool:
    """Say whether a living process holds the lock on `path`; changes nothing.

    Args:
        path: of the lock's file.
        shared: whether one that is held shared counts too.
    """
    if fcntl is None:
        return path.exists()
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if shared else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(path: Path) -> str:
    """Return what a lock's file says of who holds it; "" where that cannot be read."""
    with contextlib.suppress(OSError, ValueError):
        return path.read_text()[:200]
    return ""


@contextlib.contextmanager
def present(path: Path) -> Iterator[bool]:
    """Be one of those at work on `path` inside the block; yields whether there were others.

    Call it where only one process at a time can.
    """
    alone = acquire(path)
    if alone is not None:
        # Nobody else looks just now, so nothing gets between the two.
        alone._let_go()  # noqa: SLF001
    own = acquire(path, wait=1.0, shared=fcntl is not None)
    try:
        yield alone is None
    finally:
        if own is not None:
            own._let_go()  # noqa: SLF001
        last = acquire(path)
        if last is not None:
            last.release()


def _try(path: Path, *, shared: bool) -> Lock | None:
    if fcntl is None:
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return None
        return Lock(path, lock)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            if _is(descriptor, path):
                if not shared:
                    _sign(descriptor)
                return Lock(path, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError as cause:
            os.close(descriptor)
            if cause.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                text = "this file system has no locks, so nothing keeps two commands apart"
                raise OSError(cause.errno, text, str(path)) from cause
            raise
        # The one who held it has removed the file just now: this lock is on no file any more.
        os.close(descriptor)


def _is(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sign(descriptor: int) -> None:
    """Say in the lock's file who holds it; only for messages."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    text = f"process {os.getpid()} on {platform.node()}, since {since}"
    with contextlib.suppress(OSError):  # a full disk keeps nobody from holding a lock
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
