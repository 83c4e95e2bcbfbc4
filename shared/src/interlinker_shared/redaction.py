"""What must never stand in a log, taken out of every line: tokens, keys, passwords, e-mail addresses, and what people wrote."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

GONE = "[redacted]"
MOST = 16_384  # characters of one text; nobody reads more of it

_NAMES = re.compile(r"authorization|cookie|passw|secret|token|api_?key|e_?mail|altcha", re.IGNORECASE)
_TEXTS = (
    (re.compile(r"\[parameters: .*", re.DOTALL), f"[parameters: {GONE}]"),  # of a statement: what people wrote
    (re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE), rf"\1: {GONE}"),  # PostgreSQL's: the values that did not fit
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {GONE}"),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]*\.?[\w-]*"), GONE),  # a JWT
    (re.compile(r"\b(?:il[a-z]|whsec)_[\w+/=-]{8,}"), GONE),  # keys and sessions, and secrets of webhooks
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)"), GONE),  # user and password in an address
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), GONE),
)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of all values of a log line, however deep; a processor of structlog's."""
    for name, value in event.items():
        event[name] = GONE if _NAMES.search(name) and isinstance(value, str | bytes) else _cleaned(value)
    return event


def redacted(text: str) -> str:
    """A text without what must not be logged."""
    if len(text) > MOST:
        text = f"{text[:MOST]}…"
    for pattern, instead in _TEXTS:
        text = pattern.sub(instead, text)
    return text


def _cleaned(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return redacted(value)
        case dict():
            return dict(redact(None, "", {str(name): inner for name, inner in value.items()}))
        case list() | tuple() | set() | frozenset():
            return [_cleaned(inner) for inner in value]
        case _:
            return redacted(str(value))
