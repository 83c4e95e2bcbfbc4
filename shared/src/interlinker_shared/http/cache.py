"""Public answers kept as finished bytes in front of everything else: rendered once, and anew when what they show changes."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlinker_shared.auth import ANONYMOUS
from interlinker_shared.db.versions import SEEN, Seen, SharedVersions, Versions
from interlinker_shared.metrics import HitCounts, Metrics
from interlinker_shared.pages.language import negotiated_language

PUBLIC = "public, no-cache"  # anybody may keep it, and asks each time whether it is still so
PRIVATE = "private, no-cache"
_PERSONAL = {b"authorization", b"cookie", b"origin"}  # an answer to such a request is for that person, or that page
_WITH_BODY = {b"content-length", b"transfer-encoding"}
_BY_LANGUAGE = "accept-language"  # the only thing beside the address by which public answers may vary
_OF_ONE_REQUEST = {b"traceparent", b"date", b"ratelimit", b"ratelimit-policy"}
_SHARE = 16  # no answer takes more of the room than this part
_OVERHEAD = 1024  # bytes that an entry takes beside its body, roughly
_ETAG = re.compile(rb'(?:W/)?"([^"]*)"')

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Key = tuple[bytes, bytes, str]


def public(endpoint: Endpoint) -> Endpoint:
    """Declare that what a GET route answers to somebody without a token is the same for everybody.

    It is kept until something that was loaded for it is written; so it may depend on nothing else, neither chance nor time.
    An answer that does says so itself: one with a Cache-Control of its own is not kept.
    """
    endpoint.__dict__["kept"] = "until-changed"
    return endpoint


def fixed(endpoint: Endpoint) -> Endpoint:
    """Declare the same of a route that answers from the program alone: nothing but a restart changes it."""
    endpoint.__dict__["kept"] = "always"
    return endpoint


def kept_by(endpoint: object) -> str | None:
    """How long the answers of an endpoint are kept, as it declares: `until-changed`, `always` or not at all."""
    declared: str | None = getattr(endpoint, "kept", None)
    return declared


@dataclass(slots=True)
class _Kept:
    versions: dict[str, int]
    since: int
    etag: bytes
    start: dict[str, Any]
    body: dict[str, Any]
    not_modified: dict[str, Any]
    size: int
    counts: HitCounts


_NO_BODY: Message = {"type": "http.response.body", "body": b""}


class PublicCache:
    """The outermost layer: a hit is one look-up, a check that nothing changed, and two messages."""

    def __init__(
        self, app: ASGIApp, room: int, *, versions: Versions, metrics: Metrics, languages: Sequence[str] = ()
    ) -> None:
        """`room` in bytes; `languages` are those of the service's pages, the default first."""
        self._app = app
        self._room = room
        self._versions = versions
        self._unchanged = versions.unchanged
        self._metrics = metrics
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._language = lru_cache(maxsize=1024)(partial(_language, tuple(languages)))
        self._shared: SharedVersions | None = None
        self.size = 0

    def begin(self, shared: SharedVersions | None) -> None:
        """Start with nothing kept. `shared` is what to ask where other processes write to the same database."""
        self.clear()
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer and keep it if that is allowed."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        accepted: bytes | None = None
        known: bytes | None = None
        for name, value in scope["headers"]:
            if name in _PERSONAL:
                await self._app(scope, receive, _Private(scope, send))
                return
            if name in _WITH_BODY:
                await self._app(scope, receive, send)
                return
            if name == b"accept-language":
                accepted = value if accepted is None else accepted  # the pages, too, look at the first one only
            elif name == b"if-none-match":
                known = value if known is None else known + b"," + value
        key = (scope.get("raw_path") or scope["path"].encode(), scope["query_string"], self._language(accepted or b""))
        kept, shared = self._kept.get(key), self._shared
        if kept is None or not (
            self._unchanged(kept.versions, kept.since)
            if shared is None or shared.alone()
            else await shared.unchanged(kept.versions)
        ):
            scope[SEEN] = Seen()
            await self._app(scope, receive, _Answer(self, key, scope, send, known))
            return
        if key in self._kept:  # it may have gone while the database was asked
            self._kept.move_to_end(key)
        if known is not None and _matches(known, kept.etag):
            kept.counts.not_modified += 1
            await send(kept.not_modified)
            await send(_NO_BODY)
            return
        kept.counts.ok += 1
        await send(kept.start)
        await send(kept.body)

    def clear(self) -> None:
        """Keep nothing of what was answered so far."""
        self._kept.clear()
        self.size = 0

    def keep(self, key: Key, kept: _Kept) -> None:
        """Make room, the longest unused going first."""
        former = self._kept.pop(key, None)
        self.size += kept.size - (former.size if former else 0)
        self._kept[key] = kept
        while self.size > self._room:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size

    def takes(self, body: bytes) -> bool:
        """Whether an answer of this size is worth its room."""
        return len(body) + _OVERHEAD <= self._room // _SHARE

    def made(self, scope: Scope, since: int, start: Message, body: Message) -> _Kept:
        """The finished answer, from what the application sent."""
        headers = _finished(start, body["body"])
        tag = headers["etag"]
        told = [(b"etag", tag.encode()), (b"cache-control", PUBLIC.encode())]
        told += [(b"vary", vary.encode()) for vary in headers.getlist("vary")]
        route = scope["route"].path
        return _Kept(
            versions=scope[SEEN].versions,
            since=since,
            etag=tag.encode(),
            start={"type": "http.response.start", "status": 200, "headers": headers.raw},
            body={"type": "http.response.body", "body": body["body"]},
            not_modified={"type": "http.response.start", "status": 304, "headers": told},
            size=len(body["body"]) + _OVERHEAD,
            counts=self._metrics.hits[route],
        )

    @property
    def now(self) -> int:
        """What to remember before a read begins."""
        return self._versions.now


class _Answer:
    """Holds an answer back until it is whole, keeps it if it may, and passes it on."""

    def __init__(self, cache: PublicCache, key: Key, scope: Scope, send: Send, known: bytes | None) -> None:
        self._cache = cache
        self._key = key
        self._scope = scope
        self._send = send
        self._known = known
        self._since = cache.now
        self._held: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_public(self._scope, message):
            self._held = message
            return
        held, self._held = self._held, None
        if held is None:
            await self._send(message)
        elif message.get("more_body"):  # a stream is nobody's to hold in memory
            await self._send(held)
            await self._send(message)
        else:
            await self._finish(held, {"body": b"", **message})

    async def _finish(self, start: Message, body: Message) -> None:
        kept = self._cache.made(self._scope, self._since, start, body)
        if self._cache.takes(body["body"]):
            self._cache.keep(self._key, kept)
        known = self._known if _matches(self._known, kept.etag) else None
        if known is None:
            await self._send(kept.start | {"headers": [*kept.start["headers"], *_own(start)]})
            await self._send(kept.body)
        else:
            await self._send(kept.not_modified | {"headers": [*kept.not_modified["headers"], *_own(start)]})
            await self._send(_NO_BODY)


class _Private:
    """Marks what a public route answers to somebody in particular."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _declared(self._scope) == "until-changed":
            headers = MutableHeaders(raw=list(message["headers"]))
            headers.setdefault("cache-control", PRIVATE)
            message = {**message, "headers": headers.raw}
        await self._send(message)


def _language(languages: tuple[str, ...], header: bytes) -> str:
    """The language of the pages that this header gets; the same choice as theirs, from the same header."""
    return negotiated_language(header.decode("latin-1"), languages) if languages else ""


def _matches(known: bytes | None, etag: bytes) -> bool:
    """Whether If-None-Match names `etag`, by weak comparison (RFC 9110, 13.1.2)."""
    if known is None:
        return False
    return known == etag or known.strip() == b"*" or etag.strip(b'"') in _ETAG.findall(known)


def _declared(scope: Scope) -> str | None:
    return kept_by(getattr(scope.get("route"), "endpoint", None))


def _is_public(scope: Scope, start: Message) -> bool:
    """Whether the route declares it, nobody in particular asked, and the answer itself does not object."""
    how = _declared(scope)
    if how is None or start["status"] != 200 or scope.get("principal") is not ANONYMOUS:  # noqa: PLR2004 - HTTP's OK
        return False
    seen: Seen = scope[SEEN]
    if how == "until-changed" and (seen.torn or not seen.versions):  # it came from nowhere that would tell of a change
        return False
    headers = MutableHeaders(raw=start["headers"])
    varies = {name.strip().lower() for entry in headers.getlist("vary") for name in entry.split(",")}
    return "set-cookie" not in headers and "cache-control" not in headers and varies <= {_BY_LANGUAGE}


def _finished(start: Message, body: bytes) -> MutableHeaders:
    """The headers that every such answer has; `etag` is a strong one, of the bytes, unless the route gave its own."""
    headers = MutableHeaders(raw=[pair for pair in start["headers"] if pair[0].lower() not in _OF_ONE_REQUEST])
    headers.setdefault("etag", f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')
    headers["cache-control"] = PUBLIC
    headers.add_vary_header("Authorization")
    headers.add_vary_header("Cookie")
    return headers


def _own(start: Message) -> list[tuple[bytes, bytes]]:
    """The headers of this one answer, which are not kept."""
    return [pair for pair in start["headers"] if pair[0].lower() in _OF_ONE_REQUEST]
