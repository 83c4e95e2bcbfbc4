"""Sessions in browsers: the cookie, and the proof that what is written with it comes from a page of this service."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from interlinker_shared.auth import SAFE, Principal
from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit

TRIP_COOKIE = "il_trip"
SECURE_COOKIE = "__Host-il_session"  # browsers take it over TLS only, for this host only, and from no other
LOCAL_COOKIE = "il_session"  # where there is no TLS: on this very machine
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})

Headers = Iterable[tuple[bytes, bytes]]


async def signed_in(headers: Headers, method: str, kit: Kit) -> tuple[str, Principal] | None:
    """The session in the cookies of a request and whose it is; None when there is none, or it is over.

    Raises ForbiddenError for a write with it that does not come from here.
    """
    told = list(headers)
    token = session_of(told, kit.settings)
    if token is None:
        return None
    try:
        found = await kit.auth.find(token)
    except UnauthorisedError:  # a browser keeps a cookie for longer than a session may last
        return None
    check_origin(told, method, kit.settings)
    return token, found.principal


def session_of(headers: Headers, settings: ServiceSettings) -> str | None:
    """The session token in the cookies of a request, if there is one."""
    told = list(headers)
    value = _cookie(told, LOCAL_COOKIE if _is_local(told, settings) else SECURE_COOKIE)
    return value if value.startswith("ils_") else None


def check_origin(headers: Headers, method: str, settings: ServiceSettings) -> None:
    """Raise ForbiddenError for a write that does not come from a page of this very origin, or that does not say where from."""
    if method in SAFE:
        return
    told = list(headers)
    origin, site = _first(told, b"origin"), _first(told, b"sec-fetch-site")
    ours = _is_ours(origin, _first(told, b"host"), settings) if origin else site == "same-origin"
    if not ours:
        message = "This must come from a page of this service itself. Open it here and try again."
        raise ForbiddenError(message, slug="cross-origin")


def keep_session(response: Response, request: Request, token: str, *, seconds: int) -> None:
    """Have the browser keep a session for so long."""
    local = _is_local(request.scope["headers"], request.app.state.settings)
    _keep(response, LOCAL_COOKIE if local else SECURE_COOKIE, token, seconds=seconds, local=local)


def drop_session(response: Response, request: Request) -> None:
    """Have the browser forget its session."""
    keep_session(response, request, "", seconds=0)


def keep_trip(response: Response, request: Request, state: str, *, seconds: int) -> None:
    """Have the browser keep what it left for a provider of identities with."""
    local = _is_local(request.scope["headers"], request.app.state.settings)
    _keep(response, TRIP_COOKIE if local else f"__Host-{TRIP_COOKIE}", state, seconds=seconds, local=local)


def trip_of(request: Request) -> str:
    """What the browser left with; empty when it did not."""
    local = _is_local(request.scope["headers"], request.app.state.settings)
    return _cookie(request.scope["headers"], TRIP_COOKIE if local else f"__Host-{TRIP_COOKIE}")


def _keep(response: Response, name: str, value: str, *, seconds: int, local: bool) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=not local, httponly=True, samesite="lax")


def _cookie(headers: Headers, name: str) -> str:
    pairs = (entry.strip().partition("=") for entry in _first(headers, b"cookie", joined_by="; ").split(";"))
    return next((value for found, _, value in pairs if found == name), "")


def _is_ours(origin: str, host: str, settings: ServiceSettings) -> bool:
    scheme, _, authority = origin.partition("://")
    encrypted = scheme == "https" or not settings.base_url.startswith("https:")
    return scheme in {"http", "https"} and encrypted and authority.lower() == host.lower() != ""


def _is_local(headers: Headers, settings: ServiceSettings) -> bool:
    """Whether this is plain HTTP on one machine; what matters is what the browser sees, which a proxy may have made TLS."""
    host = urlsplit("//" + _first(headers, b"host")).hostname
    return host in _HERE and not settings.base_url.startswith("https:")


def _first(headers: Headers, name: bytes, *, joined_by: str = ", ") -> str:
    return joined_by.join(value.decode("latin-1") for known, value in headers if known == name)
