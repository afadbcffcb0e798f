"""Memory that stays with the process: glibc gives large blocks back after every training step.

Each step then takes the same pages from the kernel again, and page faults cost up to half of the
time. `mallopt` tells glibc to keep them. Set once, at the first fit, where glibc is; the variable
VERSUS_MALLOC=system leaves the allocator alone.
"""

import ctypes
import os
import platform

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -2, -3, -4
MIB = 2**20
SETTINGS = {
    M_MMAP_THRESHOLD: 32 * MIB,
    M_TRIM_THRESHOLD: 2047 * MIB,
    M_TOP_PAD: 64 * MIB,
    M_MMAP_MAX: 0,
}
_done = False


def keep_memory() -> bool:
    """Tell glibc to keep freed memory; return whether it is told so, now or before."""
    global _done  # the allocator is one for the process
    if not _done and os.environ.get("VERSUS_MALLOC") != "system":
        _done = platform.libc_ver()[0] == "glibc" and _mallopt()
    return _done


def _mallopt() -> bool:
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(name, value) for name, value in SETTINGS.items())
