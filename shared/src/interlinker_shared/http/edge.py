"""The outermost layer, pure ASGI: body limit, security headers, trace, one log line and one count per request."""

from __future__ import annotations

import time
from functools import lru_cache

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlinker_shared import trace
from interlinker_shared.errors import TooLargeError
from interlinker_shared.failpoints import Point, reach
from interlinker_shared.http.problems import problem_of_error, problem_response
from interlinker_shared.metrics import Metrics

SLOW_SECONDS = 1.0
DRAINED_BYTES = 16 * 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
SAMPLE = 100  # of the fast and successful requests, one in so many is logged

log = structlog.get_logger()


class Edge:
    """Wraps the application; it adds about a microsecond, where a BaseHTTPMiddleware adds 160."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, max_body: int, frame_ancestors: str) -> None:
        """`max_body` in bytes; `frame_ancestors` is a CSP source list."""
        self._app = app
        self._max_body = max_body
        policy = (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
            f"form-action 'self'; base-uri 'none'; frame-ancestors {frame_ancestors}"
        )
        self._constant = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"content-security-policy", policy.encode()),
        ]
        self._count = lru_cache(maxsize=4096)(lambda *labels: metrics.requests.labels(*labels).inc)
        self._time = lru_cache(maxsize=1024)(lambda route: metrics.seconds.labels(route).observe)
        self._seen = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        span = trace.begin(trace.Kind.SERVER, scope["method"], headers.get("traceparent"))
        answer = _Answer(send, self._constant, span.traceparent, writes=scope["method"] not in SAFE)
        began = time.perf_counter()
        try:
            await self._handle(scope, headers, receive, answer)
        finally:
            self._account(scope, span, answer.status, time.perf_counter() - began)

    async def _handle(self, scope: Scope, headers: Headers, receive: Receive, answer: _Answer) -> None:
        length = headers.get("content-length", "")
        too_large = length.isdecimal() and int(length) > self._max_body
        if too_large or "transfer-encoding" in headers:
            messages = await _read_all(receive, self._max_body)
            if messages is None:
                await self._refuse(scope, receive, answer)
                return
            receive = _replay(messages, receive)
        await self._app(scope, receive, answer)

    async def _refuse(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        message = f"The body is larger than {self._max_body} bytes. Send less at once."
        response = problem_response(problem_of_error(TooLargeError(message)), {"Connection": "close"})
        await response(scope, receive, answer)

    def _account(self, scope: Scope, span: trace.Span, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method, failed = scope["method"], status >= 500  # noqa: PLR2004 - HTTP's server errors
        names = {"http__request__method": method, "http__route": route, "http__response__status_code": status}
        span.end(f"{method} {route}", failed=failed, **names)
        self._count(method, route, str(status))()
        self._time(route)(seconds)
        self._seen += 1
        if failed or seconds >= SLOW_SECONDS or self._seen % SAMPLE == 0:
            milliseconds = round(seconds * 1000, 1)
            log.info("request", method=method, route=route, status=status, ms=milliseconds, one_in=SAMPLE)


class _Answer:
    """Passes the answer on, with the headers that every answer has."""

    def __init__(self, send: Send, constant: list[tuple[bytes, bytes]], own_trace: str, *, writes: bool) -> None:
        self._send = send
        self._writes = writes
        self._constant = constant
        self._trace = (b"traceparent", own_trace.encode())
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # Plain lists: Starlette's way to set four headers costs as much as all the rest of this layer.
            headers = message["headers"]
            given = {name for name, _ in headers}
            message["headers"] = [*headers, self._trace, *(pair for pair in self._constant if pair[0] not in given)]
        await self._send(message)
        if self._writes and not message.get("more_body") and message["type"] == "http.response.body":
            reach(Point.ANSWERED)


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
