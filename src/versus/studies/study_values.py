"""What the values of a Study may be."""

import re
from collections.abc import Mapping, Sequence
from math import inf

from versus import seeding
from versus.errors import ConfigurationError

CODE = re.compile(r"VS\d{3}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")


def check_margin(margin: float | None, endpoint: str) -> None:
    """Raise ConfigurationError unless `margin` is None, or a difference that the endpoint has."""
    if margin is None:
        return
    if isinstance(margin, bool) or not isinstance(margin, (int, float)) or not 0 < margin < inf:
        raise ConfigurationError(f"Study.margin: expected a number above 0; got {margin!r}")
    if endpoint == "accuracy" and margin >= 1:
        raise ConfigurationError(
            f"Study.margin: expected a fraction below 1, as 0.01 for one percentage point; "
            f"got {margin!r}"
        )


def check_suppressed(reasons: Mapping[str, str]) -> None:
    """Raise ConfigurationError unless these are codes, each with a reason."""
    if not isinstance(reasons, Mapping):
        raise ConfigurationError(
            f'Study.suppress: expected reasons by code, as {{"VS104": "..."}}; got {reasons!r}'
        )
    for code, reason in reasons.items():
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise ConfigurationError(f"Study.suppress: expected a code such as VS104; got {code!r}")
        if not isinstance(reason, str) or not reason.strip():
            raise ConfigurationError(
                f"Study.suppress: expected the reason why {code} is suppressed; got {reason!r}"
            )


def check_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Return seeds 0 to N-1 for a number N, or the seeds given, each once.

    Raises:
        ConfigurationError: there is none, one comes twice, or one is negative.
    """
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if seeds < 1:
            raise ConfigurationError(f"seeds: expected at least 1; got {seeds}")
        return tuple(range(seeds))
    if isinstance(seeds, str) or not isinstance(seeds, Sequence):
        raise ConfigurationError(f"seeds: expected a number or a list of numbers; got {seeds!r}")
    checked = tuple(seeding.check_seed(seed) for seed in seeds)
    if not checked or len(set(checked)) < len(checked):
        raise ConfigurationError(f"seeds: expected different seeds, at least one; got {seeds!r}")
    return checked
