"""Getting a server for a study's work: forked from here where that is safe, else a fresh one."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from multiprocessing.connection import Connection

from versus.backend import torch
from versus.studies.processes import fresh, handover
from versus.studies.processes.executor import Task, Work
from versus.studies.processes.server import ENDED, START, STOP, fork, serve

# How long a forked process may need for the smallest training step, in seconds.
PROBE = 20.0
# How long a server without runs may need to end.
LEAVING = 0.5


class NoServer(Exception):
    """Work cannot be carried out in other processes; the message says why."""


class Server:
    """The asking end of a server."""

    def __init__(self, control: socket.socket, pid: int, *, child: bool) -> None:
        """Keep the socket to a server that is ready, its number, and whether it is our child."""
        self.control, self.pid, self._child = control, pid, child
        self._names = 0

    def start(self, task: Task) -> tuple[int, Connection]:
        """Start a task; return the name of its process and where it is heard.

        Raises:
            OSError: the server has ended.
        """
        self._names += 1
        ours, theirs = socket.socketpair()
        with theirs:
            extra = [] if task.lock is None else [task.lock]
            message = START.pack(self._names, task.number)
            try:
                socket.send_fds(self.control, [message], [theirs.fileno(), *extra])
            except OSError:
                ours.close()
                raise
        return self._names, Connection(ours.detach())

    def ended(self) -> tuple[int, int, int] | None:
        """Return name, exit code and most memory of the next process to end; None at the end."""
        data = b""
        while len(data) < ENDED.size:
            try:
                more = self.control.recv(ENDED.size - len(data))
            except OSError:
                return None
            if not more:
                return None
            data += more
        return ENDED.unpack(data)

    def stop(self, seconds: float) -> None:
        """Ask every process to save and end; wait so long for them."""
        until = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            self.control.sendall(START.pack(0, STOP))
            while (left := until - time.monotonic()) > 0:
                self.control.settimeout(left)
                if not self.control.recv(ENDED.size):
                    break

    def close(self) -> None:
        """End the server, and at once every process that it has started."""
        self.control.close()
        if not self._child:
            return  # its own parent waits for it
        if not _ends(self.pid, LEAVING):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def start_server(work: Work) -> Server:
    """Return a server that carries out `work`.

    This process is forked where it is proven to have one thread only; else a fresh interpreter is
    sent the work.

    Raises:
        NoServer: neither can be.
    """
    if not hasattr(os, "fork"):
        raise NoServer("this system cannot fork processes")
    if _alone():
        server = _forked(work)
        if server is not None:
            return server
    return _fresh(work)


def _alone() -> bool:
    """Return whether this process has one thread only; one just joined may take a moment to go."""
    for _ in range(20):
        if fresh.threads() == 1:
            return True
        if threading.active_count() > 1:
            return False
        time.sleep(0.005)
    return False


def _forked(work: Work) -> Server | None:
    ours, theirs = socket.socketpair()

    def then() -> None:
        ours.close()
        with theirs:
            if _can_train():
                theirs.sendall(b"+")
                serve(theirs, work)

    pid = fork(then)
    theirs.close()
    server = Server(ours, pid, child=True)
    if ours.recv(1) == b"+":
        return server
    server.close()
    return None


def _can_train() -> bool:
    """Whether a process forked from here can: after a backward pass here, torch refuses."""

    def step() -> None:
        torch.ones(2, requires_grad=True).sum().backward()

    return _ends(fork(step), PROBE, code=0)


def _fresh(work: Work) -> Server:
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            fresh.ask_for_server(theirs)
    except OSError as cause:
        ours.close()
        raise NoServer(f"no process can be started: {cause}") from cause
    connection = Connection(os.dup(ours.fileno()))
    try:
        handover.send(connection, work)
        told = json.loads(connection.recv_bytes())
    except Exception as cause:
        ours.close()
        reason = "the process for it ended" if isinstance(cause, (EOFError, OSError)) else cause
        raise NoServer(f"{reason}") from cause
    except BaseException:
        ours.close()
        raise
    finally:
        connection.close()
    if told["problem"]:
        ours.close()
        raise NoServer(told["problem"])
    return Server(ours, told["pid"], child=False)


def _ends(pid: int, seconds: float, code: int | None = None) -> bool:
    """Return whether a child ends in time, and with `code` if one is given."""
    until = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return code is None or os.waitstatus_to_exitcode(status) == code
        if time.monotonic() >= until:
            if code is not None:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            return False
        time.sleep(0.005)
