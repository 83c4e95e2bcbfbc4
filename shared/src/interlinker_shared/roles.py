"""The roles that people have, from least to most."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do in a scope, from least to most."""

    PUBLIC = "public"
    OBSERVER = "observer"
    MEMBER = "member"
    MODERATOR = "moderator"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """The place in the order: a role may do all that a lower one may."""
        return _RANKS[self]


_RANKS = {role: rank for rank, role in enumerate(Role)}
