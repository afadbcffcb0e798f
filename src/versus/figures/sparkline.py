"""A curve as one line of text."""

from collections.abc import Sequence

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_LEVELS = "_.-~=+*#"
MOST = 40  # columns of a line
_MISSING = {BLOCKS: "\u00b7", ASCII_LEVELS: "?"}


def sparkline(
    values: Sequence[float],
    low: float | None = None,
    high: float | None = None,
    *,
    most: int = MOST,
    levels: str = BLOCKS,
) -> str:
    """Return one letter a value, from the lowest to the highest; a dot where it is not finite.

    Args:
        values: more than `most` are thinned evenly, the first and the last kept.
        low: what the lowest letter stands for; the least value if None.
        high: what the highest letter stands for; the greatest value if None.
        most: letters, at least 2.
        levels: the letters, `BLOCKS` or `ASCII_LEVELS`.
    """
    found = np.asarray(values, dtype=np.float64)
    if len(found) > most:
        found = found[np.linspace(0, len(found) - 1, most).round().astype(int)]
    finite, missing = found[np.isfinite(found)], _MISSING[levels]
    if not len(finite):
        return missing * len(found)
    low = float(finite.min()) if low is None else low
    high = float(finite.max()) if high is None else high
    places = (found - low) / ((high - low) or 1.0) * (len(levels) - 1)
    return "".join(
        levels[int(np.clip(round(place), 0, len(levels) - 1))] if np.isfinite(place) else missing
        for place in places
    )
