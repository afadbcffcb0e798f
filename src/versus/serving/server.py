"""Server: the app behind a socket, from its start to its graceful end."""

import contextlib
import gc
import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import uvicorn

from versus.bundles.reading import Bundle
from versus.errors import ConfigurationError
from versus.serving.app import Settings, make_app
from versus.serving.connection import connection_class

BACKLOG = 2048
SWITCH_SECONDS = 0.0005
"""After which one Python thread gives way to another. Left at 5 ms, a finished batch waits that
long until the event loop, which is busy with requests, lets its thread say so."""

LISTENERS = 32
"""Copies of the listening socket. libuv takes one new connection from each a turn of its loop, and
a turn is as long as there are requests to read: from one, a hundred clients that come to a busy
server would wait for seconds."""


class _Server(uvicorn.Server):
    """uvicorn's, which takes connections by the dozen, ends as asked and lets the process go on."""

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        copies = [each.dup() for each in sockets or [] for _ in range(LISTENERS - 1)]
        with contextlib.ExitStack() as stack:
            for copy in copies:
                stack.enter_context(copy)
            super().run(sockets=[*(sockets or []), *copies])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self._asked_to_stop) for each in signals}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises:
        ConfigurationError: nothing can listen there.
    """
    if not 0 <= port < 2**16:
        raise ConfigurationError(f"--port: expected 0 to {2**16 - 1}; got {port}")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
            found.listen(BACKLOG)
        except BaseException:
            found.close()
            raise
    except OSError as cause:
        raise ConfigurationError(
            f"{host}:{port}: cannot listen there: {cause.strerror or cause}: give "
            "another --port or --host"
        ) from cause
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def serve(
    bundles: Sequence[Bundle],
    listener: socket.socket,
    settings: Settings,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered then still are.

    Args:
        bundles: one model each.
        listener: as `listen` returns it; it is closed in the end.
        settings: how; its port is the listener's.
        started: called once requests are answered.

    Raises:
        BundleError, ConfigurationError: as `make_app`.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    with listener:
        server = make_server(bundles, settings)
        notify = threading.Thread(target=_when_started, args=(server, started), daemon=True)
        notify.start()
        gc.collect()
        gc.freeze()  # what is here by now stays: looking through it would halt every request
        try:
            server.run(sockets=[listener])
        finally:
            server.should_exit = True


def make_server(bundles: Sequence[Bundle], settings: Settings) -> uvicorn.Server:
    """Return the server, which `run(sockets=[...])` starts.

    Raises:
        BundleError, ConfigurationError: as `make_app`.
    """
    config = uvicorn.Config(
        make_app(bundles, settings),
        http=connection_class(settings.limits),
        ws="none",
        log_level="error",  # what clients send wrongly is told to them
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=round(settings.limits.stop_seconds),
    )
    return _Server(config)


def _when_started(server: uvicorn.Server, started: Callable[[], None]) -> None:
    """Wait until a server answers; uvicorn has no hook for it."""
    import time

    while not server.started and not server.should_exit:
        time.sleep(0.01)
    if server.started:
        started()
