"""Every route, taken from the router, against every way a foreign page could come in."""

import asyncio

import pytest
from conftest import make_client_routes

from versus.serving.callers import OPEN, OPEN_BELOW, PAGES
from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError

ORIGIN = ("origin", "http://127.0.0.1:8000")
JSON = ("content-type", "application/json")


@pytest.fixture(scope="module")
def routes(request):
    bundles = request.getfixturevalue("bundles")
    return make_client_routes(bundles)


def each(routes):
    """Every method of every route, and methods and paths that there are not."""
    known = [(method, path) for path, methods in routes.items() for method in sorted(methods)]
    assert len(known) >= 18, "the router has lost its routes"
    paths = [*routes, "/nowhere", "/v2/models/x/../../etc/passwd", "//evil.example/"]
    tried = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X-OWN")
    return {*known, *((method, path) for path in paths for method in tried)}


ATTACKS = {
    "another name": [("host", "evil.example:8000")],
    "another port": [("host", "127.0.0.1:9999")],
    "no port": [("host", "localhost")],
    "a name that begins like ours": [("host", "localhost.evil.example:8000")],
    "a name behind ours": [("host", "evil.example:8000@localhost:8000")],
    "another address": [("host", "10.0.0.1:8000")],
    "two hosts": [("host", "localhost:8000"), ("host", "evil.example")],
    "an empty host": [("host", "")],
    "a foreign page": [("origin", "http://evil.example")],
    "a sandboxed page": [("origin", "null")],
    "another scheme": [("origin", "https://127.0.0.1:8000")],
    "another local server": [("origin", "http://127.0.0.1:3000")],
    "a page under our other name": [("origin", "http://localhost:8000")],
    "two origins": [ORIGIN, ("origin", "http://evil.example")],
    "a foreign request": [("sec-fetch-site", "cross-site")],
    "another port of this machine": [("sec-fetch-site", "same-site")],
    "a foreign picture tag": [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-dest", "image"),
    ],
    "a foreign frame": [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "iframe"),
    ],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_route_answers_an_attack(client, routes, attack):
    for method, path in each(routes):
        answer = client.run(client.request(method, path, [*ATTACKS[attack], JSON], [b"{}"]))
        assert answer.status in (400, 403), (method, path)
        assert "access-control-allow-origin" not in answer.headers
        assert set(answer.json()) == {"error"}


def test_a_request_without_host_is_refused(client):
    assert client.get("/v2", host=None).status == 403


def test_a_link_may_lead_to_the_pages_only(client, routes):
    link = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ]
    for method, path in each(routes):
        answer = client.run(client.request(method, path, [*link, JSON], [b"{}"]))
        assert (answer.status != 403) == (method == "GET" and path in PAGES), (method, path)


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:8000"]
)
def test_our_own_names_are_answered(client, host):
    same = [("host", host), ("origin", f"http://{host.lower()}"), ("sec-fetch-site", "same-origin")]
    assert client.get("/v2", same).status == 200


def test_further_names_are_answered_where_allowed(serve):
    client = serve(hosts=("Desk.Local",))
    assert client.get("/v2", [("host", "desk.local:8000")]).status == 200
    assert client.get("/v2", [("host", "other.local:8000")]).status == 403


def test_beyond_loopback_any_address_but_no_name(serve):
    client = serve(any_address=True, token="t")
    for host, status in (
        ("10.1.2.3:8000", 200),
        ("[fe80::1]:8000", 200),
        ("10.1.2.3:80", 403),
        ("evil.example:8000", 403),
        ("10.1.2.3.evil.example:8000", 403),
    ):
        answer = client.get("/v2", [("host", host), ("authorization", "Bearer t")])
        assert answer.status == status, host


TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]


@pytest.mark.parametrize("kind", TYPES)
def test_what_a_form_can_send_is_refused(client, routes, kind):
    for method, path in each(routes):
        if method not in ("GET", "HEAD", "OPTIONS"):
            headers = [("content-type", kind)]
            answer = client.run(client.request(method, path, headers, [b"{}"]))
            assert answer.status == 415, (method, path)


@pytest.mark.parametrize("sign", [ORIGIN, ("sec-fetch-site", "none"), ("sec-fetch-mode", "cors")])
def test_a_browser_must_say_what_it_sends(client, sign):
    assert client.post("/v2/models/cnn/infer", b"{}", [sign]).status == 415
    assert client.post("/v2/models/cnn/infer", b"{}").status == 400  # Triton's client does not


def test_compressed_bodies_are_refused(client):
    headers = [("content-encoding", "gzip"), JSON]
    assert client.post("/v2/models/cnn/infer", b"x", headers).status == 415


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer wrong", "Bearer sesame ", "Basic sesame", "sesame"]
)
def test_without_the_token_only_the_open_routes_answer(serve, routes, given):
    client = serve(token="sesame")
    sent = [] if given is None else [("authorization", given)]
    for method, path in each(routes):
        answer = client.run(client.request(method, path, [*sent, JSON], [b"{}"]))
        is_open = path in OPEN or path.startswith(OPEN_BELOW)
        expected = method in ("GET", "HEAD", "OPTIONS") and is_open
        assert (answer.status != 401) == expected, (method, path)
        if answer.status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/models", [("authorization", "Bearer sesame")]).status == 200


def test_every_answer_carries_the_browsers_rules(client, routes):
    for method, path in each(routes):
        headers = client.run(client.request(method, path, [JSON], [b"{}"])).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe-inline" not in headers["content-security-policy"] or path == "/docs"


def test_bodies_have_a_limit(serve):
    client = serve(limits=Limits(body_bytes=1000))
    told = client.post(
        "/predict", b"x", [("content-length", "1001"), ("content-type", "image/png")]
    )
    assert told.status == 413
    parts = [b"x" * 400] * 3
    untold = client.run(client.request("POST", "/predict", [("content-type", "image/png")], parts))
    assert untold.status == 413
    assert client.post("/predict", b"x" * 1000, [("content-type", "image/png")]).status == 422


def test_slow_bodies_end(serve):
    client = serve(limits=Limits(body_seconds=0.05))
    parts, headers = [b"x"] * 50, [("content-type", "image/png")]
    answer = client.run(client.request("POST", "/predict", headers, parts, pause=0.02))
    assert answer.status == 408


def test_bodies_have_a_limit_together(serve):
    client = serve(limits=Limits(body_bytes=1000, buffered_bytes=2500))
    headers = [("content-type", "image/png")]

    async def several():
        tasks = [
            client.request("POST", "/predict", headers, [b"x" * 500, b"x" * 500], pause=0.02)
            for _ in range(4)
        ]
        return [answer.status for answer in await asyncio.gather(*tasks)]

    statuses = client.run(several())
    assert 503 in statuses
    assert 422 in statuses
    assert client.app._buffered == 0
    assert client.post("/predict", b"x", headers).status == 422  # and it recovers


def test_requests_have_a_limit_together(serve):
    client = serve(limits=Limits(requests=3))

    async def several():
        slow = [
            client.request("POST", "/predict", [("content-type", "image/png")], [b"x"], pause=0.05)
            for _ in range(6)
        ]
        return await asyncio.gather(*slow)

    answers = client.run(several())
    refused = [answer for answer in answers if answer.status == 503]
    assert len(refused) == 3
    assert all(answer.headers["retry-after"] == "1" for answer in refused)
    assert client.get("/v2").status == 200


def test_what_is_being_answered_has_a_limit_together(serve, monkeypatch):
    client = serve(limits=Limits(answering=3))
    go = asyncio.Event()

    async def wait(*args, **values):
        await go.wait()
        raise RefusalError(422, "done")

    monkeypatch.setattr("versus.serving.preparing.Preparer.prepare", wait)

    async def several():
        headers = [("content-type", "image/png")]
        slow = [asyncio.create_task(client.request("POST", "/predict", headers)) for _ in range(5)]
        _, waiting = await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
        assert len(waiting) >= 3
        live = await client.request("GET", "/v2/health/live")
        go.set()
        return live.status, sorted([(await each).status for each in slow])

    assert client.run(several()) == (200, [422, 422, 422, 503, 503])
    assert client.post("/predict", b"x", [("content-type", "image/png")]).status == 422


def test_a_websocket_is_closed(client):
    sent = []

    async def send(message):
        sent.append(message)

    client.run(client.app({"type": "websocket", "path": "/", "headers": []}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
