"""Calls from pages of other origins (the Fetch standard, 3.2): for portals that may embed this service, never with cookies."""

from __future__ import annotations

from starlette.types import Scope, Send

_EXPOSED = b"ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy"
_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match",
    ),
    (b"access-control-max-age", b"600"),
]


def allowing(origin: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that a page of `origin` may read."""
    allowed = (b"access-control-allow-origin", origin.encode("latin-1"))
    return [allowed, (b"access-control-expose-headers", _EXPOSED), (b"vary", b"Origin")]


def asks(scope: Scope) -> bool:
    """Whether a browser asks what it may send."""
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


async def answer(send: Send) -> None:
    """Tell it."""
    await send({"type": "http.response.start", "status": 204, "headers": list(_PREFLIGHT)})
    await send({"type": "http.response.body", "body": b""})
