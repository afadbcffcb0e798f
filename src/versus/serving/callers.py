"""Callers: who may ask anything of the server; what is not allowed is refused.

A page of another site can make a browser send requests here, under a name that leads to this
machine (DNS rebinding) or straight to its address. So Host and Origin are held against a list on
every route, whatever the method.
"""

import ipaddress
import secrets
from collections.abc import Iterable, MutableMapping
from typing import Any

from versus.serving.refusal import RefusalError

Scope = MutableMapping[str, Any]
Headers = dict[bytes, str]

SAFE = ("GET", "HEAD", "OPTIONS")
PAGES = ("/", "/docs")
"""A link of another site may lead here."""
OPEN = ("/v2/health/live", "/v2/health/ready", *PAGES)
OPEN_BELOW = "/static/"
"""Answered without a token, as is what lies below `/static/`: they hold no answers of a model."""
PICTURES = ("/predict", "/mistakes")
"""Routes whose body is a picture file."""
_FROM_BROWSERS = (b"origin", b"sec-fetch-site", b"sec-fetch-mode")


class Callers:
    """Who may ask: by which name, from which page, with which token."""

    def __init__(
        self,
        port: int,
        hosts: Iterable[str] = (),
        *,
        any_address: bool = False,
        token: str = "",
    ) -> None:
        """Set what is allowed.

        Args:
            port: that the server listens on.
            hosts: names that it may be called by, beside those of this machine's loopback.
            any_address: whether any IP address may be given as Host: no name leads here then.
            token: that requests must bear; none where "".
        """
        names = ("localhost", "127.0.0.1", "[::1]", *(host.lower() for host in hosts))
        self._hosts = {f"{name}:{port}" for name in names}
        self._hosts |= set(names) if port in (80, 443) else set()
        self._any_address, self._port = any_address, port
        self._token = token.encode()

    def check(self, scope: Scope, headers: Headers) -> None:
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
            _check_content(headers, scope["path"])

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


def single_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers by name; of those that decide here there may be one each only."""
    found: Headers = {}
    for name, value in headers:
        if name in found and name in (b"host", b"origin", b"authorization", b"content-length"):
            raise RefusalError(400, f"two headers {name.decode('latin-1')}")
        found[name] = value.decode("latin-1")
    return found


def _is_link(scope: Scope, headers: Headers) -> bool:
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


def _check_content(headers: Headers, path: str) -> None:
    """Raise RefusalError for a body that is compressed, or that any page's form could send."""
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise RefusalError(415, "compressed bodies are not taken: send it as it is")
    kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    picture = path in PICTURES
    taken = (
        ("application/octet-stream",)
        if picture
        else ("application/json", "application/octet-stream")
    )
    if kind in taken or kind.startswith("image/"):
        return
    # Triton's own client gives no type; a browser always says where a request comes from.
    if not kind and not any(name in headers for name in _FROM_BROWSERS):
        return
    wanted, example = ("image/... or ", "image/png") if picture else ("", "application/json")
    raise RefusalError(
        415,
        f"Content-Type {kind[:80] or 'missing'}: expected {wanted}{' or '.join(taken)}, as by "
        f'curl -H "Content-Type: {example}"',
    )
