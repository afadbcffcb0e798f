"""Connections that send too much, too slowly or nothing, or do not read: each ends, in words."""

import contextlib
import http.client
import json
import socket
import threading
import time

import pytest

from versus.serving.app import Settings
from versus.serving.connection import MOST_PIPELINED
from versus.serving.limits import Limits
from versus.serving.server import listen, make_server

LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n"
QUICK = Limits(head_seconds=0.1, stalled_seconds=0.1, body_seconds=0.1)


class Running:
    """A real server on a real socket, in a thread."""

    def __init__(self, bundles, limits):
        self.socket = listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self.server = make_server(bundles, Settings(port=self.port, limits=limits))
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],))
        self.thread.start()
        until(lambda: self.server.started)

    def close(self):
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()

    @property
    def loop(self):
        return self.server.servers[0].get_loop()

    @property
    def open(self):
        return len(self.server.server_state.connections)

    def connect(self):
        return contextlib.closing(socket.create_connection(("127.0.0.1", self.port), timeout=20))

    def send(self, *parts):
        """Send bytes; return all that comes until the server hangs up."""
        with self.connect() as connection:
            for part in parts:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(part)
            return received(connection)

    def live(self, more="Connection: close\r\n"):
        return LIVE.format(port=self.port, more=more).encode()


def received(connection):
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            found += part
    return found


def until(holds):
    for _ in range(2000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to hold")


def refused(answer):
    """The status of an answer that ends its connection, whose body says why."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nconnection: close" in head
    assert set(json.loads(body)) == {"error"}
    return int(head.split()[1])


@pytest.fixture
def run(bundles):
    """Return a function that starts a server with some limits."""
    started = []

    def start(limits=QUICK):
        started.append(Running(bundles, limits))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_headers_that_do_not_come_end_the_connection(run):
    server = run()
    assert refused(server.send(b"GET /v2 HTTP/1.1\r\nHost: ")) == 408
    assert server.send(b"") == b""  # a connection on which nothing comes
    assert server.send(b"\r\n") == b""
    answer = server.send(server.live(more=""), b"GET /v2")  # the second one does not come
    assert answer.startswith(b"HTTP/1.1 200")
    assert server.send(server.live()).startswith(b"HTTP/1.1 200")


def test_headers_that_come_in_time_are_answered_however_many_parts(run):
    server = run(Limits())
    assert server.send(*[server.live()[n : n + 1] for n in range(200)]).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("what", ["one header", "headers", "address", "second request"])
def test_headers_have_a_limit(run, what):
    server = run(Limits(head_bytes=5000))
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    long = {
        "one header": b"GET / HTTP/1.1\r\n" + host + b"X: " + b"x" * 9000,
        "headers": b"GET / HTTP/1.1\r\n" + host + b"X: x\r\n" * 2000,
        "address": b"GET /" + b"x" * 9000,
        "second request": server.live(more="") + b"GET / HTTP/1.1\r\nX: " + b"x" * 9000,
    }[what]
    answer = server.send(long[:4000], long[4000:])
    if what == "second request":
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.count(b'{"live":true}') == 1
    else:
        assert refused(answer) == 431


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"CONNECT evil.example:80 HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_in_the_form_of_the_protocol(run, sent):
    assert refused(run(Limits()).send(sent)) == 400


def test_a_slow_body_ends(run):
    server = run()
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: image/png\r\n"
    assert refused(server.send(f"{head}Content-Length: 9\r\n\r\nx".encode())) == 408
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    assert refused(server.send(chunked.encode())) == 408


@pytest.mark.parametrize("more", [{}, {"Connection": "close"}])
@pytest.mark.parametrize(("kind", "status"), [("image/png", 413), ("text/plain", 415)])
def test_a_body_that_is_refused_is_told_so_to_who_sends_it_all_first(run, more, kind, status):
    server = run(Limits(body_bytes=1000))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for body in (b"x" * 20_000_000, iter([b"x" * 10_000] * 500)):  # its length told, and not
        connection.request("POST", "/predict", body, {"Content-Type": kind, **more})
        with connection.getresponse() as answer:
            assert answer.status == status
            assert set(json.loads(answer.read())) == {"error"}
    connection.close()


def test_who_asks_before_sending_is_told_at_once(run):
    server = run(Limits())
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nExpect: 100-continue\r\n"
    with server.connect() as connection:
        kind = "Content-Type: image/png\r\nContent-Length: 999999999\r\n\r\n"
        connection.sendall(f"{head}{kind}".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")  # no "100 Continue" before it


def test_an_upgrade_is_not_taken(run):
    server = run()
    more = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    with server.connect() as connection:
        connection.sendall(server.live(more))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")  # by HTTP, or not at all


def test_connections_have_a_limit(run):
    server = run(Limits(connections=3))
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(server.connect())
        until(lambda: server.open == 3)
        assert refused(server.send(b"")) == 503
    until(lambda: server.open == 0)
    assert server.send(server.live()).startswith(b"HTTP/1.1 200")


def test_connections_that_come_together_are_taken_together(run):
    """However long a turn of the loop is: one each would let the last of them wait for seconds."""
    server = run(Limits())
    goes_on, turns = threading.Event(), 0

    def turn():
        nonlocal turns
        turns += 1
        if server.open < 96:
            server.loop.call_soon(turn)

    with contextlib.ExitStack() as stack:
        server.loop.call_soon_threadsafe(goes_on.wait)
        for _ in range(96):
            stack.enter_context(server.connect())
        server.loop.call_soon_threadsafe(turn)
        goes_on.set()
        until(lambda: server.open == 96)
        assert turns < 10


def test_an_answer_that_nobody_reads_is_given_up(run, capsys):
    server = run()
    request = server.live(more="").replace(
        b"/v2/health/live", b"/static/vendor/swagger-ui-bundle.js"
    )
    with server.connect() as connection:
        until(lambda: server.open == 1)
        connection.sendall(request * MOST_PIPELINED)
        until(lambda: server.open == 0)
        assert len(received(connection)) < MOST_PIPELINED * 300_000
    assert capsys.readouterr() == ("", "")
    assert server.send(server.live()).startswith(b"HTTP/1.1 200")


def test_requests_are_not_piled_up_by_one_connection(run):
    server = run(Limits())
    answer = server.send(server.live(more="") * 5000)
    assert answer.count(b'{"live":true}') < 5000
    answer = server.send(server.live(more="") * (MOST_PIPELINED - 1) + server.live())
    assert answer.count(b'{"live":true}') == MOST_PIPELINED


def test_a_request_on_its_way_to_a_server_that_stops_is_answered(run, monkeypatch):
    """Closed at once, an idle connection would end under it."""
    monkeypatch.setattr("versus.serving.connection.STOPPING_SECONDS", 60)
    server = run(Limits())
    with server.connect() as connection:
        connection.sendall(server.live(more=""))
        until(lambda: server.open == 1)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        server.server.should_exit = True
        until(lambda: server.socket.fileno() == -1)  # nothing new is taken
        connection.sendall(server.live(more=""))
        answer = received(connection)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\r\nconnection: close" in answer


def test_an_idle_connection_does_not_keep_a_server_from_stopping(run, monkeypatch):
    monkeypatch.setattr("versus.serving.connection.STOPPING_SECONDS", 0.05)
    server = run(Limits(stop_seconds=60))
    with server.connect() as connection:
        until(lambda: server.open == 1)
        server.server.should_exit = True
        assert received(connection) == b""
        server.thread.join(30)
        assert not server.thread.is_alive()
