"""W3C Trace Context (w3.org/TR/trace-context): one `traceparent` follows a request into the events it causes.

What is done on the way is a span. Spans go nowhere unless a `Tracer` is in use, which `otel` provides.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterator
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")

_chance = random.Random()  # noqa: S311 - ids to tell requests apart, not to keep a secret; the system's cost ten times as much

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_tracer: Tracer | None = None


class Kind(StrEnum):
    """On which side of a conversation a span is."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span(Protocol):
    """Something that takes time. `traceparent` names it for those who are called in it."""

    @property
    def traceparent(self) -> str: ...

    def end(self, name: str | None = None, *, failed: bool = False, **attributes: str | int) -> None:
        """It is over; what it did is known only now. No bodies, no personal data."""


class Tracer(Protocol):
    """Takes spans to where they can be looked at."""

    def begin(self, kind: Kind, name: str, parent: str | None) -> Span:
        """A span below `parent`, a valid `traceparent`, or the first one of a new trace."""


class _Unseen:
    """A span that nobody looks at: only its name goes on."""

    __slots__ = ("traceparent",)

    def __init__(self, parent: str | None) -> None:
        trace = parent.split("-")[1] if parent else f"{_chance.getrandbits(128):032x}"
        self.traceparent = f"00-{trace}-{_chance.getrandbits(64):016x}-01"

    def end(self, name: str | None = None, *, failed: bool = False, **attributes: str | int) -> None:
        """Nothing to do."""


def use(tracer: Tracer | None) -> None:
    """Send the spans of this process to `tracer` from now on, or nowhere."""
    global _tracer  # noqa: PLW0603 - one process, one place to send to
    _tracer = tracer


def current_traceparent() -> str | None:
    """The `traceparent` of the request or event being handled, if there is one."""
    return _current.get()


def begin(kind: Kind, name: str, incoming: str | None) -> Span:
    """Continue the caller's trace when its header is valid, else begin a new one: what follows belongs to this span."""
    parent = incoming if incoming is not None and TRACEPARENT.match(incoming) else None
    span = _Unseen(parent) if _tracer is None else _tracer.begin(kind, name, parent)
    _current.set(span.traceparent)
    return span


def follow(incoming: str | None) -> str:
    """As `begin`, for what is no span of its own. Returns our own `traceparent`."""
    span = _Unseen(incoming if incoming is not None and TRACEPARENT.match(incoming) else None)
    _current.set(span.traceparent)
    return span.traceparent


@contextlib.contextmanager
def span(kind: Kind, name: str, incoming: str | None) -> Iterator[None]:
    """A span around a block, failed when the block raises."""
    found = begin(kind, name, incoming)
    try:
        yield
    except Exception:
        found.end(failed=True)
        raise
    found.end()


def sending(kind: Kind, name: str, envelope: str) -> contextlib.AbstractContextManager[None]:
    """A span around sending an event, in the trace of what caused it; costs nothing while nobody looks."""
    if _tracer is None:
        return contextlib.nullcontext()
    return span(kind, name, json.loads(envelope).get("traceparent"))
