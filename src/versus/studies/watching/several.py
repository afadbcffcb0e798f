"""Several observers as one."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from versus.studies.observer import Observer

STEPS = tuple(name for name in vars(Observer) if not name.startswith("_"))


class Several(Observer):
    """Passes every step on to several observers, in their order."""

    def __init__(self, *observers: Observer) -> None:
        """Pass on to `observers`."""
        # Whatever steps an Observer is told of: none can be forgotten here.
        for name in STEPS:
            setattr(self, name, partial(_pass_on, observers, name))


def _pass_on(observers: Sequence[Observer], name: str, *arguments: Any) -> None:
    for observer in observers:
        getattr(observer, name)(*arguments)
