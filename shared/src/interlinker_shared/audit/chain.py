"""A chain of entries: each carries the hash of the one before, so that none can change or vanish unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True)
class Entry:
    """`sequence` counts from 1 within a chain; `at` is ISO 8601 in UTC."""

    sequence: int
    at: str
    action: str
    actor: str | None
    detail: Mapping[str, Any]
    previous: str
    hash: str


def seal(sequence: int, previous: str, *, at: str, action: str, actor: str | None, detail: Mapping[str, Any]) -> Entry:
    """An entry with its hash, which covers everything it says and the entry before it."""
    content = [sequence, previous, at, action, actor, detail]
    return Entry(sequence, at, action, actor, detail, previous, digest(content))


def digest(value: Any) -> str:
    """SHA-256 of a JSON value written in one way only: keys sorted, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken(entries: Iterable[Entry], *, after: Entry | None = None) -> int | None:
    """The sequence number at which the chain breaks; None when it holds. `after` is the entry before the first one."""
    previous, expected = (after.hash, after.sequence + 1) if after else (GENESIS, 1)
    for entry in entries:
        again = seal(entry.sequence, previous, at=entry.at, action=entry.action, actor=entry.actor, detail=entry.detail)
        if entry.sequence != expected or entry.previous != previous or entry.hash != again.hash:
            return expected
        previous, expected = entry.hash, expected + 1
    return None
