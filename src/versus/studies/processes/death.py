"""How a process ended, in words: what is known of it, and no more."""

import signal
from pathlib import Path

VMSTAT = Path("/proc/vmstat")
MEANINGS = {
    "SIGSEGV": "a crash in compiled code",
    "SIGBUS": "a crash in compiled code, or a disk that is full or gone",
    "SIGILL": "a crash in compiled code: an instruction this processor does not have",
    "SIGFPE": "a crash in compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGXCPU": "a limit on processor time",
}


def out_of_memory_kills() -> int | None:
    """Return how many processes the system has killed for want of memory; None if it keeps that."""
    try:
        lines = VMSTAT.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    except (OSError, ValueError, StopIteration):
        return None


def describe_death(exit_code: int | None, peak: int = 0, kills: tuple[int | None, ...] = ()) -> str:
    """Return how a process ended.

    Args:
        exit_code: minus the signal's number where one ended it; None where nobody knows.
        peak: most bytes of memory it had at once; 0 where unknown.
        kills: what `out_of_memory_kills` said when it started, and what it says now.
    """
    used = f"; it had used at most {peak / 1e9:.2g} GB of memory" if peak else ""
    if exit_code is None:
        return "its process ended, and nothing says how"
    if exit_code >= 0:
        return f"its process ended with exit code {exit_code} before its record was written{used}"
    name = _signal_name(-exit_code)
    if name == "SIGKILL":
        return f"its process was killed by SIGKILL, not by versus: {_killer(kills)}{used}"
    meaning = f" ({MEANINGS[name]})" if name in MEANINGS else ""
    return f"its process was killed by {name}{meaning}{used}"


def _killer(kills: tuple[int | None, ...]) -> str:
    known = [count for count in kills if count is not None]
    if len(known) == 2 and known[1] > known[0]:
        return "likely out of memory, as the system has killed for want of memory meanwhile"
    if len(known) == 2:
        return "the system counts no kill for want of memory meanwhile, so somebody else sent it"
    return "likely out of memory, or somebody sent it"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
