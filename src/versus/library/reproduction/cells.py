"""What stands in a cell of the reproduction's tables, in its text and on its page."""

import statistics

from versus.library.reproduction.measured import Measured
from versus.studies.watching.duration import clock

TIMES = (
    "Times are of different machines; of ours the shortest is told, and the median: what else ran "
    "on it only ever adds. Those printed in B to D are the seconds of each epoch, together."
)


def parameters(total: int | None, trainable: int | None) -> str:
    """Return "443,610", and how many are trainable where that is another number; "" for none."""
    if total is None or trainable is None:
        return ""
    return f"{total:,}" if total == trainable else f"{total:,} ({trainable:,} trainable)"


def equal(ours: tuple[int | None, int | None], printed: tuple[int, int]) -> str:
    """Return whether parameters and trainable ones are as printed; "" where one side is unknown."""
    if ours[0] is None or not printed[0]:
        return ""
    return "equal" if ours == printed else "differs"


def interval(low: float | None, high: float | None, name: str) -> str:
    """Return where one more run lies; "" where that is not known.

    Cut at what an accuracy or a loss can be: the normal law of the interval knows no such bounds.
    """
    if low is None or high is None:
        return ""
    highest = 1.0 if "accuracy" in name else float("inf")
    return f"{max(low, 0.0):.4f} to {min(high, highest):.4f}"


def training_time(found: Measured) -> str:
    """Return the shortest run's and the median, as minutes and seconds; "" without runs."""
    times = sorted(found.by_seed.values())
    if not times:
        return ""
    if len(times) == 1:
        return f"{clock(times[0])} (n 1)"
    return f"{clock(times[0])} (median {clock(statistics.median(times))}, n {found.n})"
