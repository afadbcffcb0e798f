"""Numbers as text: with the digits that mean something, and no more."""

import math
from collections.abc import Iterable

MINUS = "\u2212"
NONE = "\u2013"
"""Stands where there is no number."""


def known(value: float | None) -> float | None:
    """Return `value`, None where it is NaN: pandas makes NaN of a missing number."""
    return None if value is None or math.isnan(value) else float(value)


def decimals(sizes: Iterable[float | None], fewest: int, most: int) -> int:
    """Return how many decimals show two digits of the smallest size that is not 0.

    Args:
        sizes: spreads or differences that are to be readable, all in one unit.
        fewest: decimals at least; also where there is no size.
        most: decimals at most.
    """
    real = [abs(size) for size in sizes if size and math.isfinite(size)]
    if not real:
        return fewest
    return min(max(1 - math.floor(math.log10(min(real))), fewest), most)


def plain(value: float | None, places: int) -> str:
    """Return a number with `places` decimals and a thousands separator."""
    if value is None:
        return NONE
    # Adding 0.0 turns -0.0 into 0.0.
    return f"{round(value, places) + 0.0:,.{places}f}".replace("-", MINUS)


def signed(value: float | None, places: int) -> str:
    """Return a number with its sign, zero without one."""
    if value is None:
        return NONE
    rounded = round(value, places) + 0.0
    sign = "+" if rounded > 0 else ""
    return sign + plain(rounded, places)


def count(value: float | None) -> str:
    """Return a whole number with a thousands separator."""
    return plain(known(value), 0)


def percent(share: float | None, places: int = 1) -> str:
    """Return a share, 0 to 1, in percent."""
    return NONE if share is None else f"{plain(100 * share, places)}\u00a0%"


def certainty(probability: float) -> str:
    """Return a probability in whole percent, but 100 % only for what is exactly 1."""
    if 0.995 <= probability < 1:
        return ">99\u00a0%"
    return percent(probability, 0)


def duration(seconds: float | None) -> str:
    """Return a time in the units that people say it in."""
    if seconds is None:
        return NONE
    if seconds < 10:
        return f"{seconds:.1f}\u00a0s"
    if round(seconds) < 60:
        return f"{seconds:.0f}\u00a0s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}\u00a0min {rest:02d}\u00a0s"
    return f"{minutes // 60}\u00a0h {minutes % 60:02d}\u00a0min"


def p_value(p: float) -> str:
    """Return a p-value with three decimals, or with two digits where it is smaller: 0.0020."""
    return "1" if p >= 0.995 else f"{p:.{decimals([p], 3, 6)}f}"


def plural(number: int, one: str, many: str = "") -> str:
    """Return "1 seed", "3 seeds"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    *others, final = list(words) or [""]
    return f"{', '.join(others)} {last} {final}" if others else final
