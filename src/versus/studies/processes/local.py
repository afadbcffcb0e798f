"""Runs side by side on this machine, each in a process of its own."""

import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Self, cast

from versus.studies.processes.death import describe_death, out_of_memory_kills
from versus.studies.processes.executor import Died, Task, Tell, Work
from versus.studies.processes.starting import NoServer, Server, start_server

SECONDS_TO_SAVE = 4.0
# Servers that may end for no reason of ours before their work is done here.
MOST_LOST_SERVERS = 3


class ProcessExecutor:
    """Carries out up to `jobs` tasks at once, each in a process forked by a server.

    A context manager: what is under way is ended with the block.
    """

    def __init__(self, work: Work, jobs: int) -> None:
        """Start the server.

        Args:
            work: carried out in other processes.
            jobs: the most processes at once.

        Raises:
            NoServer: other processes cannot carry it out; the message says why.
        """
        self._work, self._jobs = work, jobs
        self._server: Server | None = start_server(work)
        self._lost = 0
        self._active: dict[Connection, tuple[Server, int, int, int | None]] = {}
        self._exits: dict[int, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        """Let SIGTERM end this process by an exception, so that it ends its children."""
        self._before = _on_termination()
        return self

    def __exit__(self, *error: object) -> None:
        """End all: asked to, runs under way first save, which takes seconds at most."""
        try:
            if self._server is not None and self._active:
                self._server.stop(SECONDS_TO_SAVE)
        finally:  # also after a second Ctrl-C
            if self._server is not None:
                self._server.close()
            for connection in self._active:
                connection.close()
            if self._before is not None:
                signal.signal(signal.SIGTERM, self._before)

    def map(self, take: Callable[[], Task | None], tell: Tell) -> Iterator[tuple[int, Any]]:
        """Yield number and outcome of every task, as they end; what one tells is told here."""
        while True:
            while len(self._active) < self._jobs and (task := take()) is not None:
                yield from self._start(task, tell)
            if not self._active:
                return
            control = self._server and self._server.control
            for ready in wait([*self._active, *([control] if control else [])]):
                if ready is control:
                    self._note_end()
                else:
                    yield from self._hear(cast("Connection", ready), tell)

    def _start(self, task: Task, tell: Tell) -> Iterator[tuple[int, Any]]:
        while self._lost < MOST_LOST_SERVERS:
            try:
                self._server = self._server or start_server(self._work)
                name, connection = self._server.start(task)
            except NoServer:
                break
            except OSError:
                self._lose_server()
                continue
            self._active[connection] = (self._server, name, task.number, out_of_memory_kills())
            return
        yield task.number, self._work(task.number, tell)  # the work goes on, if slower

    def _hear(self, connection: Connection, tell: Tell) -> Iterator[tuple[int, Any]]:
        """Take one message; yield the outcome where it is one, or that the process died."""
        server, name, task, kills = self._active[connection]
        try:
            event, arguments = connection.recv()
        except (EOFError, OSError):
            code, peak = self._exit_of(server, name)
            reason = describe_death(code, peak, (kills, out_of_memory_kills()))
            outcome: Any = Died(reason, code)
        else:
            if event is not None:
                tell(event, *arguments)
                return
            (outcome,) = arguments
        del self._active[connection]
        if server is self._server:
            self._exits.pop(name, None)
        connection.close()
        yield task, outcome

    def _exit_of(self, server: Server, name: int) -> tuple[int | None, int]:
        """Return how a process ended; nobody can tell once its server is lost."""
        while server is self._server:
            if name in self._exits:
                return self._exits.pop(name)
            self._note_end()
        return None, 0

    def _note_end(self) -> None:
        """Take the server's word of a process that has ended; lose it where it has ended itself."""
        if self._server is None:
            return
        ended = self._server.ended()
        if ended is None:
            self._lose_server()
            return
        name, code, peak = ended
        if any((s, n) == (self._server, name) for s, n, _, _ in self._active.values()):
            self._exits[name] = code, peak

    def _lose_server(self) -> None:
        """The server was killed: its processes go with it, and another one is started."""
        if self._server is not None:
            self._server.close()
        self._server, self._lost = None, self._lost + 1
        self._exits.clear()


def _on_termination() -> Any:
    """Let SIGTERM end this process by an exception; return what it did before.

    None where that is somebody else's to say.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return None

    def leave(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    return signal.signal(signal.SIGTERM, leave)
