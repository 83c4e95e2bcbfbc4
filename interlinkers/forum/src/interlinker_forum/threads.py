"""How answers stand under what they answer, whom a text names, and which page a topic is about: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit
from uuid import UUID

DEEPEST = 15
_MENTION = re.compile(r"(?<![\w@./])@([0-9a-f]{10})(?![\w@])", re.ASCII)
MOST_MENTIONS = 20
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|yclid|igshid", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED_PATH = "/:@!$&'()*+,;=~-._"


def step_of(post: UUID) -> str:
    """A post's own step in paths: time and counter of its UUIDv7, which two posts of one process never share."""
    digits = post.hex
    return digits[:12] + digits[13:24]


def path_under(above: str, depth: int, post: UUID) -> tuple[str, int]:
    """Path and depth of an answer to a post with that path and depth; below the deepest level all stand side by side."""
    if depth >= DEEPEST:
        return above, depth
    return above + step_of(post), depth + 1


def mentioned(text: str) -> Sequence[str]:
    """The pseudonyms that a text names (`@3f2a9c11de`), each once, and no more than a few."""
    if "@" not in text:
        return ()
    return list(dict.fromkeys(_MENTION.findall(text)))[:MOST_MENTIONS]


def page_address(url: str) -> tuple[str, str] | None:
    """Site (`https://example.org`) and address of a page in the one spelling that all its spellings share; None for none.

    Case of the host, the port that goes without saying, a slash at the end, the fragment, the order of parameters and what
    follows readers around (`utm_source`) make no other page. RFC 3986, section 6.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode().rstrip("."), parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or parts.username is not None:
        return None
    host = f"[{host}]" if ":" in host else host
    site = f"{scheme}://{host}" if port in {None, _DEFAULT_PORTS[scheme]} else f"{scheme}://{host}:{port}"
    path = quote(unquote(parts.path), safe=_UNRESERVED_PATH).rstrip("/") or "/"
    asked = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(pair[0]))
    return site, urlunsplit((*urlsplit(site)[:2], path, urlencode(asked), ""))
