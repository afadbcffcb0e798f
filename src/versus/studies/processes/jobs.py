"""How many runs go on at once where nobody says."""

from versus.cores import cores
from versus.errors import ConfigurationError


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
    from versus.backend import device_name  # Keras, once --device has said what computes

    if device_name() != "cpu":
        return 1  # one accelerator, which a forked process cannot use
    jobs = max(1, cores() // threads) if asked is None else asked
    return max(1, min(jobs, missing))
