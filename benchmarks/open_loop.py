"""An open-loop load: every request has its time, whether or not those before it were answered.

A client that waits for each answer before it asks again asks less often just when answers are
slow, and so hides them (coordinated omission). Here the times are drawn beforehand, as of many
people who know nothing of each other (a Poisson process), and a latency counts from the time the
request was due, also where no connection was free for it. `answers_from_sending` counts from when
it was really sent: where more is offered than this client or its connections can take.
"""

import gc
import select
import socket
import time
from collections import deque
from typing import NamedTuple

import numpy as np

DRAIN_SECONDS = 5.0


class Asked(NamedTuple):
    """What is sent: the same bytes each time, to one port."""

    port: int
    request: bytes


class _Connection:
    """One connection: the request it waits for, if any, and what has come of its answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = self.sent = 0.0
        self.waits = False
        self.came = b""

    def read(self) -> str:
        """Return the status once an answer is whole; "closed" where the server hung up."""
        part = self.socket.recv(65536)
        self.came += part
        head, found, body = self.came.partition(b"\r\n\r\n")
        if not part:
            return "closed"
        if not found:
            return ""
        length = int(head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return ""
        self.came = b""
        return head[9:12].decode()


class OpenLoop:
    """One load; `run` gives what came of it."""

    def __init__(self, asked: Asked, *, rate: float, seconds: float, connections: int) -> None:
        gaps = np.random.default_rng(0).exponential(1 / rate, round(rate * seconds * 1.2) + 100)
        times = np.cumsum(gaps)
        self._times = deque(times[times < seconds].tolist())
        self._asked, self._count = asked, connections
        self._late: list[float] = []
        self._took: dict[str, list[float]] = {}
        self._took_sent: dict[str, list[float]] = {}
        self._free: deque[_Connection] = deque()  # in turns, so that none is idle for long
        self._open: dict[int, _Connection] = {}

    def run(self) -> dict:
        self._epoll = select.epoll()
        for _ in range(self._count):
            self._connect()
        offered, last = len(self._times), self._times[-1]
        gc.disable()
        self._started = time.perf_counter()
        while (now := time.perf_counter() - self._started) < last + DRAIN_SECONDS:
            self._send(now)
            for place, _ in self._epoll.poll(0):
                self._receive(place, time.perf_counter() - self._started)
            if not self._times and len(self._free) == self._count:
                break
        gc.enable()
        for each in self._open.values():
            each.socket.close()
        self._epoll.close()
        return self._told(offered, last)

    def _connect(self) -> None:
        made = _Connection(self._asked.port)
        self._open[made.socket.fileno()] = made
        self._epoll.register(made.socket.fileno(), select.EPOLLIN)
        self._free.append(made)

    def _send(self, now: float) -> None:
        while self._times and self._times[0] <= now and self._free:
            one = self._free.popleft()
            one.due, one.waits = self._times.popleft(), True
            one.sent = now = time.perf_counter() - self._started
            self._late.append(now - one.due)
            one.socket.sendall(self._asked.request)

    def _receive(self, place: int, now: float) -> None:
        one = self._open[place]
        status = one.read()
        if status and one.waits:
            self._took.setdefault(status, []).append(now - one.due)
            self._took_sent.setdefault(status, []).append(now - one.sent)
        if status == "closed":
            self._epoll.unregister(place)
            del self._open[place]
            one.socket.close()
            if not one.waits:
                self._free.remove(one)
            self._connect()
        elif status:
            one.waits = False
            self._free.append(one)

    def _told(self, offered: int, seconds: float) -> dict:
        answered = sum(map(len, self._took.values()))
        return {
            "offered_per_second": round(offered / seconds, 1),
            "connections": self._count,
            "unanswered": offered - answered,
            "sent_late_p99_ms": milliseconds(self._late, 99),
            "answers": spreads(self._took),
            "answers_from_sending": spreads(self._took_sent),
        }


def milliseconds(seconds: list[float], percentile: float) -> float:
    return round(float(np.percentile(seconds, percentile)) * 1000, 2)


def spreads(took: dict[str, list[float]]) -> dict:
    return {status: spread(seconds) for status, seconds in sorted(took.items())}


def spread(seconds: list[float]) -> dict:
    """How many, and their milliseconds."""
    names = {"p50_ms": 50, "p99_ms": 99, "p999_ms": 99.9, "max_ms": 100}
    found = {name: milliseconds(seconds, share) for name, share in names.items()}
    return {"n": len(seconds), **found}
