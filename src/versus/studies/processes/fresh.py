"""A fresh interpreter with Keras and torch imported, kept for the studies of this process.

A notebook, or a process that has trained, has threads, and a process with threads cannot be forked
safely. The fresh one has none, so it can: it forks a server for each study. Importing takes it
seconds, once; it ends with this process.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection

from versus.studies.processes import handover
from versus.studies.processes.server import START, die_with, fork, receive, serve

# Its own path first, so that it finds the very same versus.
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from versus.studies.processes.fresh import wait_for_studies; "
    "wait_for_studies(*map(int, sys.argv[1:]))"
)


class _Kept:
    """The one of this process, if it has one."""

    control: socket.socket | None = None
    process: "subprocess.Popen[bytes] | None" = None
    owner: int = 0


def ask_for_server(control: socket.socket) -> None:
    """Let a server be forked for a study, on the other end of which `control` is.

    Raises:
        OSError: no interpreter can be started.
    """
    for _ in range(2):  # the one that was kept may have ended
        if _Kept.control is None or _Kept.owner != os.getpid():
            _start()
        assert _Kept.control is not None  # noqa: S101
        try:
            socket.send_fds(_Kept.control, [START.pack(0, 0)], [control.fileno()])
            return
        except OSError:
            stop()
    raise OSError("a fresh Python ends as soon as it starts")


def stop() -> None:
    """End the interpreter that is kept, if there is one."""
    control, process = _Kept.control, _Kept.process
    _Kept.control = _Kept.process = None
    if control is None or process is None or _Kept.owner != os.getpid():
        return
    control.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1.0)
    process.kill()
    process.wait()


def _start() -> None:
    if not sys.executable:
        raise OSError("there is no Python to start")
    ours, theirs = socket.socketpair()
    path = [entry or os.getcwd() for entry in sys.path]
    with theirs:
        _Kept.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROGRAM,
                str(theirs.fileno()),
                str(os.getpid()),
                json.dumps(path),
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=2,  # what a user's code prints is no answer of this process
        )
    if not _Kept.owner:
        atexit.register(stop)
    _Kept.control, _Kept.owner = ours, os.getpid()


def wait_for_studies(descriptor: int, parent: int) -> None:
    """In the fresh interpreter: fork a server for each study asked for, until nobody is there."""
    die_with(parent)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for servers
    import versus.studies.work  # noqa: F401  (Keras, torch and all that a run needs)

    control = socket.socket(fileno=descriptor)
    while True:
        asked, descriptors = receive(control)
        if asked is None:
            os._exit(0)  # at once: nothing here has to be put in order
        fork(lambda: _serve_study(descriptors[0], control))  # noqa: B023
        for found in descriptors:
            os.close(found)


def _serve_study(descriptor: int, control: socket.socket) -> None:
    control.close()
    connection = Connection(descriptor)
    try:
        work = handover.receive(connection)
        problem = work.problem() if hasattr(work, "problem") else ""
        if not problem and threads() > 1:
            problem = "importing what it needs starts threads"
    except EOFError:
        return
    except Exception as cause:  # whatever a user's module raises
        problem = f"{type(cause).__name__}: {cause}"
        work = None
    connection.send_bytes(json.dumps({"pid": os.getpid(), "problem": problem}).encode())
    if work is not None and not problem:
        with socket.socket(fileno=os.dup(descriptor)) as study:
            connection.close()
            serve(study, work)


def threads() -> int:
    """Return how many threads this process has; 0 where the system does not say."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0
