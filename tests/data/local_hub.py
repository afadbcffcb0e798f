"""A stand-in for the Hugging Face Hub on this machine: what `datasets` asks of it, for tests."""

import hashlib
import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Repositories = Mapping[str, Mapping[str, bytes]]
"""The files of each data set by their paths, by the name of the data set."""


@contextmanager
def local_hub(repositories: Repositories) -> Generator[tuple[str, list[str]]]:
    """Give the address of a Hub that holds these data sets, and what was asked of it so far."""
    asked: list[str] = []

    class Handler(_Handler):
        held, log = repositories, asked

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    held: Repositories
    log: list[str]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.log.append(f"{self.command} {address.path}")
        parts = unquote(address.path).strip("/").split("/")
        if parts[:2] == ["api", "datasets"]:
            self._tell_of("/".join(parts[2:4]), parts[4:], "recursive=true" in address.query)
        elif parts[0] == "datasets" and "resolve" in parts:
            at = parts.index("resolve")
            self._file("/".join(parts[1:at]), "/".join(parts[at + 2 :]))
        else:
            self._send(404)

    def _tell_of(self, name: str, rest: list[str], recursive: bool) -> None:
        files = self.held.get(name)
        if files is None:
            self._send(404, **{"X-Error-Code": "RepoNotFound"})
        elif rest[:1] == ["tree"]:
            self._tree(files, "".join(f"{part}/" for part in rest[2:]), recursive)
        else:
            siblings = [{"rfilename": file} for file in files]
            self._json({"id": name, "sha": COMMIT, "private": False, "siblings": siblings})

    def _tree(self, files: Mapping[str, bytes], folder: str, recursive: bool) -> None:
        below = {path: data for path, data in files.items() if path.startswith(folder)}
        if not below:
            self._send(404, **{"X-Error-Code": "EntryNotFound"})
            return
        inner = {folder + path[len(folder) :].partition("/")[0] for path in below}
        told = [
            {"type": "file", "oid": _digest(data), "size": len(data), "path": path}
            for path, data in below.items()
            if recursive or path in inner
        ]
        folders = sorted(inner - set(below))
        self._json([*told, *({"type": "directory", "oid": COMMIT, "path": f} for f in folders)])

    def _file(self, name: str, path: str) -> None:
        data = self.held.get(name, {}).get(path)
        if data is None:
            self._send(404, **{"X-Error-Code": "EntryNotFound"})
        else:
            self._send(200, data, ETag=f'"{_digest(data)}"', **{"X-Repo-Commit": COMMIT})

    def _json(self, content) -> None:
        self._send(200, json.dumps(content).encode(), **{"Content-Type": "application/json"})

    def _send(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _digest(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()
