"""A process that dies: never the one of the tests."""

import os
import signal

# Of the tests' own process; handed on to every process that it starts.
TESTS = "VERSUS_TEST_PROCESS"


def die(number: int = signal.SIGKILL) -> None:
    """Send this process a signal.

    Where no process can be started, runs are carried out in that of the tests: an error then.
    """
    if os.getpid() == int(os.environ[TESTS]):
        raise AssertionError("this work was to have a process of its own")
    os.kill(os.getpid(), number)
