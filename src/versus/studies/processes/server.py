"""The process that starts a study's runs: Keras and torch are imported, no thread was started.

It does nothing but fork: one process a run, which is there in a moment and can safely start
threads of its own. It ends, and ends all of them, when the process that asked for it is gone.
Signals reach it through that process alone: Ctrl-C in a terminal goes to all, and must count once.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import struct
import sys
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from versus.studies.processes.executor import Work

# Asks for a run: a name for its process, and the task. Comes with the descriptors it is to have.
START = struct.Struct("!qi")
# Tells of a process that has ended: its name, exit code, and most memory in bytes.
ENDED = struct.Struct("!qiq")
STOP = -1
PR_SET_PDEATHSIG = 1


def serve(control: socket.socket, work: Work) -> None:
    """Fork a process for every task asked for, until `control` ends or all have stopped.

    Args:
        control: to the process that asks.
        work: carried out in a forked process.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    woken, wake = socket.socketpair()
    woken.setblocking(False)
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    names: dict[int, int] = {}
    stopping = False
    while not stopping or names:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
            _reap(names, control)
        if control not in ready:
            continue
        asked, descriptors = receive(control)
        if asked is None:
            break
        name, task = asked
        if task == STOP:
            stopping = True
            _signal(names, signal.SIGTERM)
            continue
        names[fork(lambda: _carry_out(work, task, descriptors, control))] = name  # noqa: B023
        for descriptor in descriptors:
            os.close(descriptor)
    _signal(names, signal.SIGKILL)
    for pid in names:
        os.waitpid(pid, 0)


def fork(then: Any) -> int:
    """Call `then` in a forked process, which never returns from here; return its number.

    The process is killed with this one, however this one ends.
    """
    parent = os.getpid()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    with warnings.catch_warnings():
        # Other threads, which Python warns of, are OpenBLAS's at most; it ends them before a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        _run_and_leave(then, parent)
    return pid


def die_with(parent: int) -> None:
    """Let the system kill this process once its parent is gone, where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone already
        os._exit(1)


def _run_and_leave(then: Any, parent: int) -> NoReturn:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with(parent)
        then()
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 1
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(code)  # nothing of the parent's that waits for the end of Python runs here


def _carry_out(work: Work, task: int, descriptors: list[int], control: socket.socket) -> None:
    """Do a task in its own process: send what is told, then the outcome.

    Further descriptors stay open as long as this process lives: the run's lock.
    """
    control.close()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a training that is under way saves first
    connection = Connection(descriptors[0])
    sys.stdout = sys.stderr = sys.__stderr__

    def tell(event: str, *arguments: Any) -> None:
        try:
            connection.send((event, arguments))
        except BrokenPipeError:  # who asked for this run is gone: leave, and record nothing
            raise SystemExit(1) from None

    connection.send((None, (work(task, tell),)))


def receive(control: socket.socket) -> tuple[tuple[int, int] | None, list[int]]:
    """Return the next thing asked for, None at the end, and the descriptors with it."""
    try:
        data, descriptors, _, _ = socket.recv_fds(control, START.size, 2)
        while 0 < len(data) < START.size:
            more = control.recv(START.size - len(data))
            data = data + more if more else b""
    except OSError:
        return None, []
    return (START.unpack(data) if data else None), list(descriptors)


def _reap(names: dict[int, int], control: socket.socket) -> None:
    """Tell of every process that has ended."""
    for pid in list(names):
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found:
            # Linux counts in KiB, macOS in bytes.
            peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            with contextlib.suppress(OSError):  # nobody is there to be told
                code = os.waitstatus_to_exitcode(status)
                control.sendall(ENDED.pack(names[pid], code, peak))
            del names[pid]


def _signal(names: dict[int, int], number: int) -> None:
    for pid in names:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
