"""The text of a JWT (JWS compact serialisation, RFC 7515): one token has one spelling, and says each thing once."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any

OWN = "JWT"  # the `typ` of what a service has signed for itself; every other kind has one of its own
SEGMENTS = 3
PREFIX = 4  # characters that an opaque token begins with, such as `ilk_`

_SEGMENT = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?")


def typ_of(token: str) -> str:
    """The `typ` of a JWT, unverified; one of the family where there is none. Empty for what is no JWT."""
    try:
        header = json.loads(decoded(token.partition(".")[0])) if canonical(token) else None
        kind = header.get("typ", OWN) if isinstance(header, dict) else ""
    except (ValueError, RecursionError):  # no UTF-8, no JSON, or JSON that is nested for its own sake
        return ""
    return kind if isinstance(kind, str) and len(kind) != PREFIX else ""  # a prefix is no `typ`


def canonical(token: str) -> bool:
    """Whether this is three segments in the only base64url that RFC 7515 allows, so that no other text is the same token.

    Python's decoder skips what it does not know, takes padding, and ignores the last bits of a segment.
    """
    segments = token.split(".")
    return len(segments) == SEGMENTS and all(
        _SEGMENT.fullmatch(one) and base64url(decoded(one)) == one.encode() for one in segments
    )


def decoded(segment: str) -> bytes:
    """The bytes of a segment that is canonical."""
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def said_once(text: bytes) -> dict[str, Any]:
    """A JSON object that says each thing once: readers disagree on which of two counts (RFC 8259, section 4). ValueError otherwise."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        message = "nested for its own sake"
        raise ValueError(message) from error
    if not isinstance(found, dict):
        message = "an object is expected"
        raise ValueError(message)  # noqa: TRY004 - the text is wrong, not a type of ours
    return found


def base64url(data: bytes) -> bytes:
    """In the alphabet of RFC 4648, section 5, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    entries = list(pairs)
    found = dict(entries)
    if len(found) != len(entries):
        message = "said twice"
        raise ValueError(message)
    return found
