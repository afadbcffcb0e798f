"""Temporary names that say which process made them, so that those of dead ones can be removed."""

import hashlib
import os
import platform
import re
import secrets
from functools import cache
from pathlib import Path

_NAME = re.compile(
    r"\..+\.(?P<host>[0-9a-f]{8})-(?P<boot>[0-9a-f]{8})"
    r"-(?P<pid>\d+)-(?P<start>\d+)-[0-9a-f]{8}\.(?:tmp|old)",
    re.DOTALL,
)


def temporary_name(name: str, kind: str = "tmp") -> str:
    """Return a hidden name, new each time, that carries this process's identity.

    Args:
        name: what it will be called in the end; what is too long is cut.
        kind: "tmp" for what is being written, "old" for what is being replaced.
    """
    pid = os.getpid()
    owner = f"{_host()}-{_boot()}-{pid}-{_start(pid) or 0}-{secrets.token_hex(4)}"
    return f".{name[:80]}.{owner}.{kind}"


def is_leftover(name: str) -> bool:
    """Say whether `name` is a temporary one whose process is proven to be gone.

    A process of another machine, which a shared folder may have, is never taken for gone.
    """
    found = _NAME.fullmatch(name)
    if found is None or found["host"] != _host():
        return False
    if found["boot"] != _boot():
        return True
    # A later process may have got the same number; it started at another time.
    start = _start(int(found["pid"]))
    return start is None or start != int(found["start"])


@cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


@cache
def _boot() -> str:
    """Return what changes whenever the machine starts; zeros where nothing says it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return "0" * 8


def _start(pid: int) -> int | None:
    """Return when a process started, in ticks since the machine did; None if it is gone.

    Where the system does not say when, it is 0.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0 if not Path("/proc/self/stat").exists() and _lives(pid) else None
    # The second field is the program's name in brackets, and may hold anything.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
