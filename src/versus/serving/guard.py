"""Guard: what every request must pass before any route sees it: who asks, and how much.

Bodies are read here, within limits, so that no route can forget them.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from versus.serving.callers import SAFE, Callers, single_headers
from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError, overloaded

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

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
        callers: Callers,
        limits: Limits | None = None,
        counted: Callable[[str, int], None] = lambda route, status: None,
    ) -> None:
        """Set what is allowed.

        Args:
            app: what is guarded.
            callers: who may ask.
            limits: of bodies and of requests at once.
            counted: told the route ("refused" where none was reached) and status of each answer.
        """
        self._app, self._callers, self._counted = app, callers, counted
        self._limits = limits or Limits()
        self._requests = self._answering = self._buffered = 0

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
        held = answering = 0
        refused = None
        try:
            headers = single_headers(scope["headers"])
            self._callers.check(scope, headers)
            if self._requests > self._limits.requests:
                raise overloaded(f"{self._limits.requests} requests are being answered already")
            if scope["method"] not in SAFE:
                self._check_room()
                body = await self._read(headers, receive)
                held = len(body)
                self._check_room()
                answering = 1
                self._answering += 1
                receive = _replay(body, receive)
            await self._app(scope, receive, with_headers)
        except RefusalError as refusal:
            refused = refusal
        finally:
            self._requests -= 1
            self._answering -= answering
            self._buffered -= held
        if refused is not None:
            if refused.status not in (408, 503) and scope["method"] not in SAFE:
                await self._drop_body(scope, receive)
            await refuse(refused, with_headers)

    def _check_room(self) -> None:
        """Raise RefusalError where so much is being computed that one more would wait too long."""
        if self._answering >= self._limits.answering:
            raise overloaded(f"{self._answering} requests wait for their answer already")

    async def _drop_body(self, scope: Scope, receive: Receive) -> None:
        """Let a client end what it sends: most look for an answer only then.

        One that asks before it sends (`Expect`) is told at once.
        """
        if any(name == b"expect" for name, _ in scope["headers"]):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.body_seconds):
                while (message := await receive())["type"] == "http.request":
                    if not message.get("more_body"):
                        return

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
        *([(b"connection", b"close")] if refusal.status == 408 else []),
    ]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
