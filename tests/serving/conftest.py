"""A server of two models, in this process: real requests through the whole app, no socket."""

import asyncio
import json
import threading
from dataclasses import dataclass, field

import pytest

from versus.bundles.reading import read_bundle
from versus.serving.app import Settings, make_app, make_routes

PORT = 8000
HOST = ("host", f"127.0.0.1:{PORT}")


@dataclass
class Answer:
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    def json(self):
        return json.loads(self.body)


class Looping:
    """An event loop in a thread of its own: Playwright keeps one in the main thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Client:
    """Speaks ASGI with an app, on a loop of its own, from lifespan to lifespan."""

    def __init__(self, app):
        self.app = app
        self._looping = Looping()
        self._asked = self._told = None
        self._life = None
        self.last = Answer()

    def __enter__(self):
        self.run(self._start())
        return self

    def __exit__(self, *_):
        self.run(self._stop())
        self._looping.close()

    async def _start(self):
        self._asked, self._told = asyncio.Queue(), asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        self._life = asyncio.create_task(self.app(scope, self._asked.get, self._told.put))
        await self._asked.put({"type": "lifespan.startup"})
        assert (await self._told.get())["type"] == "lifespan.startup.complete"

    async def _stop(self):
        await self._asked.put({"type": "lifespan.shutdown"})
        assert (await self._told.get())["type"] == "lifespan.shutdown.complete"
        await self._life

    def run(self, coroutine):
        return self._looping.run(coroutine)

    def get(self, path, headers=(), **values):
        return self.run(self.request("GET", path, headers, **values))

    def post(self, path, body=b"", headers=(), **values):
        if not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), [*headers, ("content-type", JSON)]
        return self.run(self.request("POST", path, headers, [body], **values))

    async def request(self, method, path, headers=(), parts=(b"",), *, host=HOST, pause=0.0):
        raw, _, query = path.partition("?")
        names = {name.lower() for name, _ in headers}
        headers = [*([] if host is None or "host" in names else [host]), *headers]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": raw,
            "raw_path": raw.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "client": ("127.0.0.1", 1),
            "server": None,
            "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers],
            "state": {},
        }
        waiting = list(parts)
        answer = self.last = Answer()

        async def receive():
            if pause:
                await asyncio.sleep(pause)
            if not waiting:
                await asyncio.Event().wait()
            part = waiting.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}

        async def send(message):
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self.app(scope, receive, send)
        return answer


JSON = "application/json"


@pytest.fixture(scope="session")
def bundles(bundle, second_bundle):
    return [read_bundle(bundle), read_bundle(second_bundle)]


@pytest.fixture
def serve(bundles):
    """Return a function that starts a server with some settings."""
    started = []

    def start(**settings):
        client = Client(make_app(bundles, Settings(port=PORT, **settings)))
        started.append(client.__enter__())
        return client

    yield start
    for client in started:
        client.__exit__()


@pytest.fixture(scope="session")
def looping():
    """A loop to run coroutines on."""
    found = Looping()
    yield found
    found.close()


@pytest.fixture
def client(serve):
    return serve()


def make_client_routes(bundles):
    """Return the methods of every route of the app, by a path that leads to it."""
    app = make_routes(bundles, Settings(port=PORT))
    found: dict[str, set[str]] = {}
    for route in app.routes:
        path = route.path.replace("{model}", "cnn").replace("{version}", "1")
        path = path.replace("{name:path}", "page.css")
        found.setdefault(path, set()).update(route.methods)
    return found
