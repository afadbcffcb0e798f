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


def training_time(found: Measured) -> str:
    """Return the shortest run's and the median, as minutes and seconds; "" without runs."""
    times = sorted(found.by_seed.values())
    if not times:
        return ""
    if len(times) == 1:
        return f"{clock(times[0])} (n 1)"
    return f"{clock(times[0])} (median {clock(statistics.median(times))}, n {found.n})"
