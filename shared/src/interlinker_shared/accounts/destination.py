"""Where a reader goes on after signing in: an address of this service, never of another."""

from __future__ import annotations

import re

MAX_NEXT = 1000
HOME = "/account/view"
_PLAIN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def safe_next(wanted: str | None) -> str:
    r"""`wanted` if it is a path of this service, with a query at most; the reader's own page otherwise.

    Refused is all that a browser could read as another host: `//host`, `/\host`, a scheme, control characters (which it removes
    before it reads on), and steps up, which could leave a prefix.
    """
    if wanted is None or len(wanted) > MAX_NEXT or not _PLAIN.fullmatch(wanted):
        return HOME
    path = wanted.partition("?")[0].partition("#")[0]
    segments = re.sub(r"%2e", ".", path, flags=re.IGNORECASE).split("/")
    if ".." in segments or "." in segments or re.search(r"%(2f|5c|25|0)", path, re.IGNORECASE) or "//" in path:
        return HOME
    return wanted
