"""W3C Trace Context (w3.org/TR/trace-context): one `traceparent` follows a request into the events it causes."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

TRACEPARENT = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    """The `traceparent` of the request or event being handled, if there is one."""
    return _current.get()


def follow(incoming: str | None) -> str:
    """Continue the caller's trace when its header is valid, else begin a new one. Returns our own `traceparent`."""
    valid = incoming is not None and TRACEPARENT.match(incoming)
    trace = incoming.split("-")[1] if valid and incoming else secrets.token_hex(16)
    own = f"00-{trace}-{secrets.token_hex(8)}-01"
    _current.set(own)
    return own
