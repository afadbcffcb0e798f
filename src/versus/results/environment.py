"""The machine and the libraries of a run, as its record names them."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("versus-ml", "keras", "torch", "numpy", "scipy", "scikit-learn", "pandas", "pillow")
# Another version of one of these may change the weights of a run; so its record cannot be reused.
DECISIVE = ("versus-ml", "keras", "torch", "numpy")


def library_versions() -> dict[str, str]:
    """Return the version of each library that takes part in a run."""
    return {name: _version(name) for name in LIBRARIES}


def decisive_versions() -> dict[str, str]:
    """Return the versions on which the numbers of a run depend."""
    return {name: _version(name) for name in DECISIVE}


def describe_environment(threads: int, device: str, card: str = "") -> dict[str, Any]:
    """Return machine, system and library versions, ready for JSON.

    Args:
        threads: that a run computes with.
        device: that its tensors are on.
        card: what it calls itself, where it is no processor.
    """
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": threads,
        "device": f"{device} ({card})" if card else device,
        "libraries": library_versions(),
        "command": sys.argv,
    }


def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
