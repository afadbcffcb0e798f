"""Temporary names that say which process made them, so that those of dead ones can be removed."""

import hashlib
import os
import platform
import re
import secrets
from functools import cache
from pathlib import Path

_PROCESS = re.compile(r"([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-(\d+)")
_NAME = re.compile(rf"\..+\.({_PROCESS.pattern})-[0-9a-f]{{8}}\.(?:tmp|old)", re.DOTALL)


def temporary_name(name: str, kind: str = "tmp") -> str:
    """Return a hidden name, new each time, that carries this process's identity.

    Args:
        name: what it will be called in the end; what is too long is cut.
        kind: "tmp" for what is being written, "old" for what is being replaced.
    """
    return f".{name[:80]}.{identity()}-{secrets.token_hex(4)}.{kind}"


def is_leftover(name: str) -> bool:
    """Say whether `name` is a temporary one whose process is proven to be gone.

    A process of another machine, which a shared folder may have, is never taken for gone.
    """
    found = _NAME.fullmatch(name)
    return found is not None and lives(found[1]) is False


def identity() -> str:
    """Return what tells this process from every other: its machine, its number, its start."""
    pid = os.getpid()
    return f"{_host()}-{_boot()}-{pid}-{_start(pid) or 0}"


def lives(process: str) -> bool | None:
    """Say whether the process of an `identity` lives; None where that cannot be known.

    Of a process on another machine, nothing is known.
    """
    found = _PROCESS.fullmatch(process)
    if found is None or found[1] != _host():
        return None
    if found[2] != _boot():
        return False
    # A later process may have got the same number; it started at another time.
    start = _start(int(found[3]))
    return start is not None and start == int(found[4])


@cache
def _host() -> str:
    """Return what tells this machine from others, and containers on it that count by themselves."""
    try:
        numbers = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        numbers = 0
    return hashlib.sha256(f"{platform.node()}/{numbers}".encode()).hexdigest()[:8]


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
