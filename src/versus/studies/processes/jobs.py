"""How many runs go on at once where nobody says."""

import math
import os
from pathlib import Path

from versus.backend import device_name
from versus.errors import ConfigurationError

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def check_jobs(jobs: int | None) -> None:
    """Raise ConfigurationError unless `jobs` is None or at least 1."""
    if jobs is not None and jobs < 1:
        raise ConfigurationError(f"jobs: expected at least 1; got {jobs}")


def choose_jobs(asked: int | None, threads: int, missing: int) -> int:
    """Return how many runs go on at once; never more than are missing, and at least 1.

    Args:
        asked: what the user wants; None for as many as the cores have room for.
        threads: that each run computes with.
        missing: runs to be made.
    """
    if device_name() != "cpu":
        return 1  # one accelerator, which a forked process cannot use
    jobs = max(1, cores() // threads) if asked is None else asked
    return max(1, min(jobs, missing))


def cores() -> int:
    """Return the cores that this process may use: by affinity, and by its container's quota."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
        return max(1, min(count, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no quota, or "max"
        return count
