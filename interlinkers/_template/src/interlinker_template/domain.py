"""Rules and errors of pledges: pure."""

from __future__ import annotations

from collections.abc import Iterable

from interlinker_shared.errors import ConflictError


class AlreadyPledgedError(ConflictError):
    """A person pledges once per drive."""

    slug = "already-pledged"


def total(amounts: Iterable[int]) -> int:
    """What all pledges come to, in whole units."""
    return sum(amounts)
