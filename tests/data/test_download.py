"""Downloads against servers on this machine that drop, lie, forget ranges and fail."""

import gzip
import hashlib
import io
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from versus.data import download, download_progress, idx
from versus.data.download import download_files
from versus.errors import DataError, DataUnavailableError

STEM = "train-images-idx3-ubyte"
FILE = f"{STEM}.gz"
PICTURES = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)  # 157 kB
CONTENT = gzip.compress(idx.serialise(PICTURES), mtime=0)
CHECKSUMS = {STEM: hashlib.sha256(idx.serialise(PICTURES)).hexdigest()}


@dataclass
class Mirror:
    """A web server. `answer(handler)` writes each response; `ranges` is what was asked for."""

    answer: Callable[["Mirror", BaseHTTPRequestHandler], None]
    content: bytes = CONTENT
    ranges: list[str | None] = field(default_factory=list)
    drops: list[int] = field(default_factory=list)
    url: str = ""


def send(handler, body, status=200, length=None, **headers):
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def with_ranges(mirror, handler):
    """What a good server does."""
    asked = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    size = len(mirror.content)
    if not asked:
        send(handler, mirror.content)
    elif int(asked[1]) >= size:
        send(handler, b"", 416, Content_Range=f"bytes */{size}")
    else:
        start = int(asked[1])
        span = f"bytes {start}-{size - 1}/{size}"
        send(handler, mirror.content[start:], 206, Content_Range=span)


def without_ranges(mirror, handler):
    send(handler, mirror.content)


def not_found(mirror, handler):
    handler.send_error(404)


def dropping(at):
    """Promise everything, send the bytes up to `at`, hang up; the second time be good."""

    def answer(mirror, handler):
        if mirror.drops:
            return with_ranges(mirror, handler)
        mirror.drops.append(at)
        send(handler, mirror.content[:at], length=len(mirror.content))
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        return None

    return answer


@pytest.fixture
def serve(monkeypatch):
    """Start a mirror that answers as told; all are stopped in the end."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answer, content=CONTENT):
        mirror = Mirror(answer, content)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                mirror.ranges.append(self.headers.get("Range"))
                mirror.answer(mirror, self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = False  # so that server_close waits for every answer
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        mirror.url = f"http://127.0.0.1:{server.server_port}/"
        return mirror

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(folder, *mirrors):
    download_files([mirror.url for mirror in mirrors], CHECKSUMS, folder)
    assert np.array_equal(idx.read(folder / FILE), PICTURES)
    assert not (folder / f"{FILE}.part").exists()


def test_a_file_is_fetched_once(serve, tmp_path):
    mirror = serve(with_ranges)
    fetch(tmp_path / "new" / "mnist", mirror)
    assert (tmp_path / "new" / "mnist" / FILE).read_bytes() == CONTENT
    fetch(tmp_path / "new" / "mnist", mirror)
    assert mirror.ranges == [None]


def test_after_a_drop_only_the_rest_is_fetched(serve, tmp_path):
    mirror = serve(dropping(100_000))
    fetch(tmp_path, mirror)
    assert mirror.drops == [100_000]
    assert mirror.ranges == [None, "bytes=100000-"]


def test_a_later_run_goes_on_where_an_earlier_one_stopped(serve, tmp_path):
    (tmp_path / f"{FILE}.part").write_bytes(CONTENT[:50_000])
    mirror = serve(with_ranges)
    fetch(tmp_path, mirror)
    assert mirror.ranges == ["bytes=50000-"]


def test_a_whole_part_is_not_fetched_again(serve, tmp_path):
    (tmp_path / f"{FILE}.part").write_bytes(CONTENT)
    mirror = serve(with_ranges)
    fetch(tmp_path, mirror)
    assert mirror.ranges == [f"bytes={len(CONTENT)}-"]


def test_a_mirror_that_ignores_ranges_sends_all_again(serve, tmp_path):
    (tmp_path / f"{FILE}.part").write_bytes(b"x" * 50_000)
    mirror = serve(without_ranges)
    fetch(tmp_path, mirror)
    assert mirror.ranges == ["bytes=50000-"]


def test_the_next_mirror_goes_on_with_the_part(serve, tmp_path):
    def drop_then_fail(mirror, handler):
        (not_found if mirror.drops else dropping(70_000))(mirror, handler)

    first, second = serve(drop_then_fail), serve(with_ranges)
    fetch(tmp_path, first, second)
    assert first.ranges == [None, "bytes=70000-"]
    assert second.ranges == ["bytes=70000-"]


@pytest.mark.parametrize("beginning", [b"x" * 50_000, CONTENT + b"x", b"y" * (len(CONTENT) + 9)])
def test_a_wrong_beginning_is_thrown_away_and_the_mirror_asked_anew(serve, tmp_path, beginning):
    (tmp_path / f"{FILE}.part").write_bytes(beginning)
    mirror = serve(with_ranges)
    fetch(tmp_path, mirror)
    assert mirror.ranges == [f"bytes={len(beginning)}-", None]


def test_another_compression_on_the_next_mirror_is_no_harm(serve, tmp_path):
    def drop_then_fail(mirror, handler):
        (not_found if mirror.drops else dropping(70_000))(mirror, handler)

    other = serve(with_ranges, gzip.compress(idx.serialise(PICTURES), 1, mtime=5))
    fetch(tmp_path, serve(drop_then_fail), other)
    assert other.ranges == ["bytes=70000-", None]


@pytest.mark.parametrize(
    "wrong",
    [
        b"<html>a captive portal</html>",
        CONTENT[:-20],
        gzip.compress(idx.serialise(255 - PICTURES)),
        b"",
    ],
)
def test_after_wrong_bytes_the_next_mirror_is_asked_from_scratch(serve, tmp_path, wrong):
    bad, good = serve(with_ranges, wrong), serve(with_ranges)
    fetch(tmp_path, bad, good)
    assert bad.ranges == [None]
    assert good.ranges == [None]


def test_when_all_mirrors_fail_each_error_is_named(serve, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        lost, wrong = serve(not_found), serve(with_ranges, b"nonsense")
        with pytest.raises(DataUnavailableError) as caught:
            download_files([lost.url, wrong.url, nobody], CHECKSUMS, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{FILE} from 127.0.0.1:")
    assert "HTTP 404 Not Found; " in message
    assert "sent a file that is not the original; " in message
    assert "Connection refused" in message
    assert not list(tmp_path.glob(f"{STEM}*"))


def test_what_came_is_kept_for_the_next_run(serve, tmp_path):
    def drop_then_fail(mirror, handler):
        (not_found if mirror.drops else dropping(70_000))(mirror, handler)

    with pytest.raises(DataUnavailableError, match="HTTP 404"):
        download_files([serve(drop_then_fail).url], CHECKSUMS, tmp_path)
    assert (tmp_path / f"{FILE}.part").read_bytes() == CONTENT[:70_000]
    assert not (tmp_path / FILE).exists()


def test_a_mirror_that_answers_with_another_range_is_left(serve, tmp_path):
    def another(mirror, handler):
        send(handler, b"abc", 206, Content_Range="bytes 7-9/10")

    (tmp_path / f"{FILE}.part").write_bytes(CONTENT[:50])
    bad, good = serve(another), serve(with_ranges)
    fetch(tmp_path, bad, good)
    assert good.ranges == ["bytes=50-"]


def test_a_silent_mirror_is_left(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_TIMEOUT", 0.1)
    done = threading.Event()
    silent, good = serve(lambda mirror, handler: done.wait(10)), serve(with_ranges)
    try:
        fetch(tmp_path, silent, good)
    finally:
        done.set()
    assert silent.ranges == [None]


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_beyond_the_limit_is_refused(serve, tmp_path, monkeypatch, announced):
    def answer(mirror, handler):
        if announced:
            return with_ranges(mirror, handler)
        handler.send_response(200)
        handler.end_headers()  # no length: it lasts until the connection ends
        handler.wfile.write(mirror.content)
        return None

    monkeypatch.setattr(download, "MAX_BYTES", 50_000)
    with pytest.raises(DataUnavailableError, match=r"offers more than 50,000 bytes"):
        download_files([serve(answer).url], CHECKSUMS, tmp_path)
    assert not list(tmp_path.glob(f"{STEM}*"))


def test_the_disk_is_blamed_for_its_own_errors(serve, tmp_path):
    mirror = serve(with_ranges)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(DataError, match=r"file/mnist: cannot be written .* VERSUS_CACHE"):
        download_files([mirror.url], CHECKSUMS, blocked / "mnist")
    (tmp_path / f"{FILE}.part").mkdir()
    with pytest.raises(DataError, match=r"part: cannot be written \(Is a directory\)"):
        download_files([mirror.url], CHECKSUMS, tmp_path)


def test_processes_at_once_fetch_once(serve, tmp_path):
    """Four start together on a slow mirror; one downloads, and all find the right file."""
    together = threading.Event()

    def slow(mirror, handler):
        together.wait(1)
        with_ranges(mirror, handler)

    mirror = serve(slow)
    code = (
        "import sys; from pathlib import Path; from versus.data.download import download_files\n"
        "url, stem, digest, folder = sys.argv[1:]\n"
        "download_files([url], {stem: digest}, Path(folder))"
    )
    arguments = [sys.executable, "-c", code, mirror.url, STEM, CHECKSUMS[STEM], str(tmp_path)]
    processes = [subprocess.Popen(arguments) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert mirror.ranges == [None]
    assert (tmp_path / FILE).read_bytes() == CONTENT


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_drawn_on_a_terminal_only(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for stream, drawn in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr(sys, "stderr", stream)
        fetch(tmp_path / str(drawn) / "mnist", serve(with_ranges))
        assert (f"mnist/{FILE}" in stream.getvalue()) is drawn


def test_the_bar_is_told_every_byte(serve, tmp_path, monkeypatch):
    told: list[tuple[int, int | None]] = []

    def silent(done, total):
        told.append((done, total))

    monkeypatch.setattr(download_progress, "silent", silent)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    fetch(tmp_path, serve(dropping(100_000)))
    counts = [done for done, _ in told]
    assert counts == sorted(counts)
    assert counts[-1] == len(CONTENT)
    assert {total for _, total in told} == {len(CONTENT)}
