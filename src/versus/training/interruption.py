"""Ctrl-C at a moment of the training's choosing, so that a whole step is done and can be saved."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether somebody asked the training to stop.

    Attributes:
        asked: the number of the signal; 0 while nobody has.
    """

    def __init__(self) -> None:
        self.asked = 0

    def leave(self, kept: str = "") -> None:
        """End as the signal would have ended it.

        Args:
            kept: what is saved, for whoever sees the KeyboardInterrupt.
        """
        if self.asked == signal.SIGINT:
            raise KeyboardInterrupt(*([kept] if kept else []))
        signal.signal(self.asked, signal.SIG_DFL)
        os.kill(os.getpid(), self.asked)


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Let the first Ctrl-C (or SIGTERM) only be noted inside the block; a second acts at once.

    Only where the block runs in the main thread and the signals mean there what Python has them
    mean: a program that handles them itself goes on doing so.
    """
    noted = Interruption()
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        noted.asked = number
        signal.signal(number, before[number])

    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            usual = (signal.default_int_handler, signal.SIG_DFL)
            if signal.getsignal(number) in usual:
                before[number] = signal.getsignal(number)
                signal.signal(number, note)
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
