"""Headers on their way through: what concerns one hop stays there, what a caller could forge is set anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
        *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    }
)
NOT_SENT_ON = HOP_BY_HOP | {b"host", b"cookie", b"authorization", b"forwarded", b"expect"}
NOT_SENT_BACK = HOP_BY_HOP | {b"set-cookie", b"set-cookie2", b"server", b"date"}
FORGEABLE = (b"x-forwarded-", b"x-il-", b"x-real-ip")


def sent_on(scope: Scope, *, prefix: str, authorization: str | None, client: str | None) -> list[tuple[str, str]]:
    """The request's headers for the block: no cookies, the exchanged token, and that it came from `client`."""
    incoming = list(scope["headers"])
    dropped = NOT_SENT_ON | _named_in_connection(incoming)
    kept = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in incoming
        if name not in dropped and not name.startswith(FORGEABLE)
    ]
    if authorization is not None:
        kept.append(("authorization", authorization))
    return kept + list(_forwarded(scope, prefix, client).items())


def _forwarded(scope: Scope, prefix: str, client: str | None) -> Mapping[str, str]:
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    told = {"x-forwarded-proto": str(scope.get("scheme", "http")), "x-forwarded-prefix": prefix}
    if host:
        told["x-forwarded-host"] = host
    if client:
        told["x-forwarded-for"] = client
    return told


def sent_back(raw: RawHeaders) -> list[tuple[bytes, bytes]]:
    """The answer's headers for the caller, names in lower case as ASGI wants them."""
    answered = [(name.lower(), value) for name, value in raw]
    dropped = NOT_SENT_BACK | _named_in_connection(answered)
    return [(name, value) for name, value in answered if name not in dropped]


def _named_in_connection(headers: RawHeaders) -> frozenset[bytes]:
    """What the sender itself calls hop-by-hop (RFC 9110 section 7.6.1)."""
    return frozenset(
        token.strip().lower() for name, value in headers if name == b"connection" for token in value.split(b",")
    )
