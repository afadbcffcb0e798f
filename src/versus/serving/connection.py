"""A connection: one client's bytes, before and behind its requests, within limits.

uvicorn waits without end for a request's first line and headers, keeps them however long they
are, and keeps an answer as long as its client does not read it. A few hundred clients that do
nothing would then hold all of a server.
"""

import asyncio
import json
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from versus.serving.limits import Limits

MOST_PIPELINED = 32
"""Requests that one connection may send before the first of them is answered."""


LINGER_SECONDS = 1.0
STOPPING_SECONDS = 0.3
"""That an idle connection stays open once the server stops: its client may be sending already."""


class _TooManyError(ValueError):
    """Ends the parser's work on a connection."""


def connection_class(limits: Limits) -> type[HttpToolsProtocol]:
    """Return what uvicorn makes of each connection, within limits."""

    class Connection(_Connection):
        _limits = limits

    return Connection


class _Connection(HttpToolsProtocol):
    """uvicorn's, which ends what takes too long and refuses what is too large."""

    _limits: Limits
    _in_head = False
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _stalled_timer: asyncio.TimerHandle | None = None
    _refused = False
    _stopping = False
    _running: Any = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._hang_up(503, f"{self._limits.connections:,} connections are open already")
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer = _cancelled(self._head_timer)
        self._stalled_timer = _cancelled(self._stalled_timer)
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._running is not None:  # uvicorn tells only the one that came last
            self._running.disconnected = True

    def data_received(self, data: bytes) -> None:
        if self._refused or self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self._limits.head_bytes:
                most = self._limits.head_bytes
                self._hang_up(431, f"the headers have more than {most:,} bytes")
        if self._in_head or not self._busy:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if len(self.pipeline) >= MOST_PIPELINED:
            raise _TooManyError

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_timer = _cancelled(self._head_timer)
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._hang_up(400, msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._stalled_timer is None:
            seconds = self._limits.stalled_seconds
            self._stalled_timer = self.loop.call_later(seconds, self._give_up)

    def resume_writing(self) -> None:
        self._stalled_timer = _cancelled(self._stalled_timer)
        super().resume_writing()

    def shutdown(self) -> None:
        """End once what has been asked is answered, and a moment later where nothing has.

        Closed at once, a request that is on its way would find no one, and its client could not
        know whether it was answered.
        """
        self._stopping = True
        if self._busy:
            super().shutdown()
        else:
            self.loop.call_later(STOPPING_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if not self._busy:
            self.transport.close()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        if self._stopping:
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    def _give_up(self) -> None:
        """Drop what the client does not read, the kernel's part of it too."""
        now = struct.pack("ii", 1, 0)
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.transport.abort()

    @property
    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_head(self) -> None:
        """Give the client some seconds for a request's headers, from the first byte of them."""
        if self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(self._limits.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        if self._in_head:
            seconds = self._limits.head_seconds
            self._hang_up(408, f"the headers did not come within {seconds:g} s")
        else:
            self.transport.close()

    def _hang_up(self, status: int, reason: str) -> None:
        """Tell why, or let the answer that is under way be the last; then close.

        What still comes is read for a moment: closed at once, the client's side would throw away
        what it was told.
        """
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        if self._busy:
            self._running.keep_alive = False  # closed once it is answered
            self.pipeline.clear()
            return
        body = json.dumps({"error": reason}).encode()
        head = (
            b"content-type: application/json\r\nx-content-type-options: nosniff\r\n"
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        self.transport.write(STATUS_LINE[status] + head + body)
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _cancelled(timer: asyncio.TimerHandle | None) -> None:
    """Cancel a timer; return what stands in its place."""
    if timer is not None:
        timer.cancel()
