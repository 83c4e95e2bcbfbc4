"""What a request may look like before anybody reads it: its address, its headers, how deep its JSON is nested."""

from __future__ import annotations

import re

from interlinker_shared.http.problems import Problem, problem_of

MAX_URL = 8192  # bytes of path and query
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_DEPTH = 100  # what conformance asks of every Interlinker; Python's own parser gives up at about a thousand

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_INNERMOST = re.compile(rb"\[[^\[\]{}]*+\]|\{[^\[\]{}]*+\}")


def flaw_of_head(url: int, headers: int, header_bytes: int) -> Problem | None:
    """What is wrong with a request's head, from the bytes of its address, and number and bytes of its headers."""
    if url > MAX_URL:
        return problem_of(414, "uri-too-long", f"The address is longer than {MAX_URL} bytes.")
    if headers > MAX_HEADERS or header_bytes > MAX_HEADER_BYTES:
        detail = f"More than {MAX_HEADERS} headers, or {MAX_HEADER_BYTES} bytes of them. Send fewer."
        return problem_of(431, "headers-too-large", detail)
    return None


def flaw_of_json(body: bytes) -> Problem | None:
    """What is wrong with a JSON body, as far as nesting goes."""
    if not is_deeper(body, MAX_DEPTH):
        return None
    return problem_of(400, "nested-too-deep", f"The JSON is nested deeper than {MAX_DEPTH} levels. Send it flatter.")


def is_deeper(body: bytes, limit: int) -> bool:
    """Whether JSON is nested deeper than `limit`; of what is no JSON it may say either. Never recursive, linear but for a small factor."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    rest, removed = _STRING.sub(b"", body), 1
    for _ in range(limit):
        rest, removed = _INNERMOST.subn(b"", rest)
        if not removed:
            return False
    return _INNERMOST.search(rest) is not None
