"""Paths through the front door: `/i/{interlinker}/{rest}`, where rest goes on byte for byte and cannot climb out."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

PREFIX = b"/i/"
MAX_DECODINGS = 3
_NAME = re.compile(rb"^[a-z0-9][a-z0-9-]{0,62}$")
_FORBIDDEN = re.compile(rb"[/\\\x00-\x1f\x7f]")


class Addressed(NamedTuple):
    """Whom a request is for, and the rest of its path as it came, beginning with a slash."""

    interlinker: str
    rest: str


class EscapingPathError(ValueError):
    """A path that could mean another one to whoever decodes it next."""


def addressed(raw_path: bytes) -> Addressed | None:
    """None when this is no address of an Interlinker; raises EscapingPathError."""
    name, slash, rest = raw_path.removeprefix(PREFIX).partition(b"/")
    if not raw_path.startswith(PREFIX) or not _NAME.match(name):
        return None
    if any(_escapes(segment) for segment in rest.split(b"/")):
        raise EscapingPathError
    return Addressed(name.decode(), (slash + rest).decode("latin-1"))


def _escapes(segment: bytes) -> bool:
    """Whether a segment, decoded as often as anyone might, is a way up or more than one segment."""
    for _ in range(MAX_DECODINGS):
        if segment.partition(b";")[0] in {b".", b".."} or _FORBIDDEN.search(segment):
            return True
        decoded = unquote_to_bytes(segment)
        if decoded == segment:
            return not _is_utf8(segment)
        segment = decoded
    return True


def _is_utf8(segment: bytes) -> bool:
    try:
        segment.decode()
    except UnicodeDecodeError:
        return False
    return True
