"""Between the cache and all else, pure ASGI: limits, security headers, trace, one log line and one count per request."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import NamedTuple

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlinker_shared import trace
from interlinker_shared.embed.origins import Origins
from interlinker_shared.errors import TooLargeError
from interlinker_shared.failpoints import Point, reach
from interlinker_shared.http import cors
from interlinker_shared.http.problems import TOLD, Problem, bug_of, problem_of_error, problem_response
from interlinker_shared.limits.rates import SPENT, Limits, too_many
from interlinker_shared.limits.shape import flaw_of_head, flaw_of_json
from interlinker_shared.metrics import Metrics

SLOW_SECONDS = 1.0
DRAINED_BYTES = 16 * 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
_TOLD = frozenset({b"traceparent", b"content-length", b"transfer-encoding", b"content-type", b"origin"})
SAMPLE = 100  # of the fast and successful requests, one in so many is logged

log = structlog.get_logger()


class Edge:
    """Wraps the application. Plain lists and one pass over the headers: every request pays for what is done here."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, limits: Limits, max_body: int, origins: Origins) -> None:
        """`max_body` in bytes; `origins` are those whose pages may embed ours and call us."""
        self._app = app
        self._limits = limits
        self._max_body = max_body
        self._origins = origins
        self._constant = lru_cache(maxsize=4)(_constant)
        self._count = lru_cache(maxsize=4096)(lambda *labels: metrics.requests.labels(*labels).inc)
        self._time = lru_cache(maxsize=1024)(lambda route: metrics.seconds.labels(route).observe)
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._constant(self._origins.frame_ancestors))
        try:
            await self._accounted(scope, receive, answer)
        except Exception as error:
            if not answer.begun:
                await bug_of(scope, error)(scope, receive, answer)
            elif not answer.finished:
                raise  # only a broken connection tells that the rest is missing
            elif TOLD not in scope:
                bug_of(scope, error)

    async def _accounted(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        head = _Head.of(scope)
        span = trace.begin(trace.Kind.SERVER, scope["method"], head.traceparent)
        answer.trace = [(b"traceparent", span.traceparent.encode())]
        if head.origin is not None and head.origin in self._origins.allowed:
            answer.told += cors.allowing(head.origin)
        began = time.perf_counter()
        try:
            await self._handle(scope, head, receive, answer)
        finally:
            self._account(scope, span, answer.status, time.perf_counter() - began)

    async def _handle(self, scope: Scope, head: _Head, receive: Receive, answer: _Answer) -> None:
        problem = flaw_of_head(head.url, len(scope["headers"]), head.size) or self._over_budget(scope)
        if problem is None and answer.told and cors.asks(scope):
            await cors.answer(answer)
            return
        if problem is None and (head.is_json or head.is_chunked or head.length > self._max_body):
            messages = await _read_all(receive, self._max_body)
            problem = self._flaw_of_body(messages, is_json=head.is_json)
            receive = _replay(messages or [], receive)
        if problem is None:
            await self._app(scope, receive, answer)
        else:
            after = {"Retry-After": str(scope[SPENT].wait)} if SPENT in scope else {"Connection": "close"}
            await problem_response(problem, after)(scope, receive, answer)

    def _over_budget(self, scope: Scope) -> Problem | None:
        spent = self._limits.enter(scope)
        return None if spent is None else problem_of_error(too_many(spent))

    def _flaw_of_body(self, messages: list[Message] | None, *, is_json: bool) -> Problem | None:
        if messages is None:
            message = f"The body is larger than {self._max_body} bytes. Send less at once."
            return problem_of_error(TooLargeError(message))
        return flaw_of_json(b"".join(message.get("body", b"") for message in messages)) if is_json else None

    def _account(self, scope: Scope, span: trace.Span, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method, failed = scope["method"], status >= 500  # noqa: PLR2004 - HTTP's server errors
        names = {"http__request__method": method, "http__route": route, "http__response__status_code": status}
        span.end(f"{method} {route}", failed=failed, **names)
        self._count(method, route, str(status))()
        self._limits.leave(scope, status)
        self._time(route)(seconds)
        self._seen += 1
        if failed or seconds >= SLOW_SECONDS or self._seen % SAMPLE == 0:
            milliseconds = round(seconds * 1000, 1)
            log.info("request", method=method, route=route, status=status, ms=milliseconds, one_in=SAMPLE)


class _Head(NamedTuple):
    """What this layer wants to know of a request's head, found in one pass over it."""

    url: int
    size: int
    traceparent: str | None
    length: int
    is_chunked: bool
    is_json: bool
    origin: str | None

    @classmethod
    def of(cls, scope: Scope) -> _Head:
        size, told = 0, {}
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name in _TOLD:
                told[name] = value
        traced, length = told.get(b"traceparent"), told.get(b"content-length", b"")
        return cls(
            len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]),
            size,
            traced.decode("latin-1") if traced else None,
            int(length) if length.isdigit() else 0,
            b"transfer-encoding" in told,
            b"json" in told.get(b"content-type", b"").lower(),
            told[b"origin"].decode("latin-1") if b"origin" in told else None,
        )


class _Answer:
    """Passes the answer on, with the headers that every answer has."""

    def __init__(self, scope: Scope, send: Send, constant: list[tuple[bytes, bytes]]) -> None:
        self._scope = scope
        self._send = send
        self._writes = scope["method"] not in SAFE
        self._constant = constant
        self.trace: list[tuple[bytes, bytes]] = []
        self.told: list[tuple[bytes, bytes]] = []  # more to say, beside what the answer says of the same name
        self.status = 500
        self.begun = self.finished = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.begun = message["status"], True
            # Plain lists: Starlette's way to set four headers costs as much as all the rest of this layer.
            headers = message["headers"]
            given = {name for name, _ in headers}
            told: list[tuple[bytes, bytes]] = [*headers, *self.trace, *self.told]
            told += [pair for pair in self._constant if pair[0] not in given]
            spent = self._scope.get(SPENT)
            if spent is not None:
                told += spent.headers()
            message["headers"] = told
        await self._send(message)
        if not message.get("more_body") and message["type"] == "http.response.body":
            self.finished = True
            if self._writes:
                reach(Point.ANSWERED)


def _constant(frame_ancestors: str) -> list[tuple[bytes, bytes]]:
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {frame_ancestors}"
    )
    return [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"content-security-policy", policy.encode()),
    ]


async def _read_all(receive: Receive, limit: int) -> list[Message] | None:
    """The messages of a body, or None when it is larger than `limit`.

    A body that is too large is still read, up to a point: a sender hears the refusal only once it has sent everything,
    and closing the connection on it would look like a broken network.
    """
    messages, size, more = [], 0, True
    while more and size <= DRAINED_BYTES:
        message = await receive()
        size += len(message.get("body", b""))
        more = message["type"] == "http.request" and bool(message.get("more_body"))
        if size <= limit:
            messages.append(message)
    return messages if size <= limit else None


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def replay() -> Message:
        return next(waiting, None) or await receive()

    return replay
