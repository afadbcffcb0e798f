"""Guard: what every request must pass before any route sees it; what is not allowed is refused.

A page of another site can make a browser send requests here, under a name that leads to this
machine (DNS rebinding) or straight to its address. So Host and Origin are held against a list on
every route, whatever the method, and bodies are read here, within limits.
"""

import asyncio
import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError, overloaded

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SAFE = ("GET", "HEAD", "OPTIONS")
PAGES = ("/", "/docs")
"""A link of another site may lead here."""
OPEN = ("/v2/health/live", "/v2/health/ready", *PAGES)
OPEN_BELOW = "/static/"
"""Answered without a token, as is what lies below `/static/`: they hold no answers of a model."""
_FROM_BROWSERS = (b"origin", b"sec-fetch-site", b"sec-fetch-mode")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{inline}; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_COMMON = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
HEADERS = [*_COMMON, (b"content-security-policy", _POLICY.format(inline="").encode())]
# Swagger UI sets styles on its elements.
DOCS_HEADERS = [
    *_COMMON,
    (b"content-security-policy", _POLICY.format(inline=" 'unsafe-inline'").encode()),
]


class Guard:
    """ASGI middleware around the whole server."""

    def __init__(
        self,
        app: App,
        *,
        port: int,
        hosts: Iterable[str] = (),
        any_address: bool = False,
        token: str = "",
        limits: Limits | None = None,
        counted: Callable[[str, int], None] = lambda route, status: None,
    ) -> None:
        """Set what is allowed.

        Args:
            app: what is guarded.
            port: that the server listens on.
            hosts: names that it may be called by, beside those of this machine's loopback.
            any_address: whether any IP address may be given as Host: no name leads here then.
            token: that requests must bear; none where "".
            limits: of bodies and of requests at once.
            counted: told the route ("refused" where none was reached) and status of each answer.
        """
        self._app, self._limits, self._counted = app, limits or Limits(), counted
        names = ("localhost", "127.0.0.1", "[::1]", *(host.lower() for host in hosts))
        self._hosts = {f"{name}:{port}" for name in names}
        self._hosts |= set(names) if port in (80, 443) else set()
        self._any_address, self._port = any_address, port
        self._token = token.encode()
        self._requests = self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks it
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        kept = DOCS_HEADERS if scope["path"] == "/docs" else HEADERS

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "refused")
                self._counted(route, message["status"])
                message["headers"] = [*message.get("headers", ()), *kept]
            await send(message)

        self._requests += 1
        held = 0
        try:
            headers = _single(scope["headers"])
            self._check(scope, headers)
            if self._requests > self._limits.requests:
                raise overloaded(f"{self._limits.requests} requests are being answered already")
            if scope["method"] not in SAFE:
                body = await self._read(headers, receive)
                held = len(body)
                receive = _replay(body, receive)
            await self._app(scope, receive, with_headers)
        except RefusalError as refusal:
            await refuse(refusal, with_headers)
        finally:
            self._requests -= 1
            self._buffered -= held

    def _check(self, scope: Scope, headers: dict[bytes, str]) -> None:
        """Raise RefusalError unless the request comes from where it may."""
        host = headers.get(b"host", "").lower()
        if not self._is_ours(host):
            raise RefusalError(
                403, f"Host {host[:80]!r} is not served here: name it with --allow-host"
            )
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site", "none")
        scheme = scope.get("scheme", "http")
        if origin is not None and origin.lower() != f"{scheme}://{host}":
            raise RefusalError(403, "requests of other sites' pages are not answered")
        if site not in ("none", "same-origin") and not _is_link(scope, headers):
            raise RefusalError(403, "requests of other sites' pages are not answered")
        if self._token and not _is_open(scope):
            given = headers.get(b"authorization", "").encode()
            if not secrets.compare_digest(given, b"Bearer " + self._token):
                raise RefusalError(401, "expected the server's token: Authorization: Bearer TOKEN")
        if scope["method"] not in SAFE:
            _check_content(headers)

    def _is_ours(self, host: str) -> bool:
        if host in self._hosts:
            return True
        if not self._any_address:
            return False
        name, _, port = host.rpartition(":")
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return port == str(self._port)

    async def _read(self, headers: dict[bytes, str], receive: Receive) -> bytes:
        """Return the body of a request; its bytes count as buffered until they are given back.

        Raises:
            RefusalError: it is too large, too slow, or too much is buffered already.
        """
        most = self._limits.body_bytes
        told = headers.get(b"content-length", "0")
        if not told.isdecimal() or int(told) > most:
            raise RefusalError(413, f"a body of {told[:20]} bytes: at most {most:,} are taken")
        parts: list[bytes] = []
        held = 0
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RefusalError(400, "the request ended before its body")
                    part = message.get("body", b"")
                    held += len(part)
                    self._buffered += len(part)
                    parts.append(part)
                    if held > most:
                        raise RefusalError(413, f"a body of more than {most:,} bytes")
                    if self._buffered > self._limits.buffered_bytes:
                        raise overloaded("too many large requests at once")
                    if not message.get("more_body"):
                        return parts[0] if len(parts) == 1 else b"".join(parts)
        except TimeoutError:
            self._buffered -= held
            seconds = self._limits.body_seconds
            raise RefusalError(408, f"the body did not come within {seconds:g} s") from None
        except BaseException:
            self._buffered -= held
            raise


async def refuse(refusal: RefusalError, send: Send) -> None:
    """Send a refusal in the error form of the v2 protocol."""
    body = json.dumps({"error": str(refusal)}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # What of the body was not read is not read any more.
        *([(b"connection", b"close")] if refusal.status in (408, 413) else []),
    ]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _single(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """Return the headers by name; of those that decide here there may be one each only."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in found and name in (b"host", b"origin", b"authorization", b"content-length"):
            raise RefusalError(400, f"two headers {name.decode('latin-1')}")
        found[name] = value.decode("latin-1")
    return found


def _is_link(scope: Scope, headers: dict[bytes, str]) -> bool:
    """Whether a request is somebody following a link to one of the pages."""
    return (
        scope["method"] == "GET"
        and scope["path"] in PAGES
        and headers.get(b"sec-fetch-mode") == "navigate"
        and headers.get(b"sec-fetch-dest") == "document"
    )


def _is_open(scope: Scope) -> bool:
    path = scope["path"]
    return scope["method"] in SAFE and (path in OPEN or path.startswith(OPEN_BELOW))


def _check_content(headers: dict[bytes, str]) -> None:
    """Raise RefusalError for a body that is compressed, or that any page's form could send."""
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise RefusalError(415, "compressed bodies are not taken: send it as it is")
    kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    taken = ("application/json", "application/octet-stream")
    if kind in taken or kind.startswith("image/"):
        return
    # Triton's own client gives no type; a browser always says where a request comes from.
    if not kind and not any(name in headers for name in _FROM_BROWSERS):
        return
    raise RefusalError(
        415, f"Content-Type {kind[:80] or 'missing'}: expected {', '.join(taken)} or image/..."
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
