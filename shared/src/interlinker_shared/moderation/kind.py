"""`ModeratedKind`: what a block says about the things in it that people can report; all else is shared's work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy.orm import Session


class Matter(NamedTuple):
    """What a notice is about. `author` is a pseudonymous id; `page` where people see it, from the block's root.

    What is not `public` yet only moderators know of: nobody can report it, or read its `excerpt` by trying.
    """

    asset: UUID
    author: str | None
    excerpt: str
    language: str
    page: str
    standing: bool
    public: bool = True


class Hide(Protocol):
    """Take a thing out of everybody's sight; give back its words, as JSON, which leave the block's own tables."""

    def __call__(
        self, session: Session, item: UUID, /, *, reason: str, actor: str | None, now: datetime
    ) -> dict[str, Any]:
        """`reason` is what all readers see in its place."""


class Restore(Protocol):
    """Put a thing back with the words that `Hide` gave."""

    def __call__(self, session: Session, item: UUID, words: Mapping[str, Any], /, *, now: datetime) -> None:
        """What is gone for good meanwhile stays so."""


@dataclass(frozen=True)
class ModeratedKind:
    """One kind of thing that people can report. The functions are plain and run inside shared's transaction."""

    name: str
    """One word of the block's own language, such as `pledge`."""
    find: Callable[[Session, Sequence[UUID]], Mapping[UUID, Matter]]
    """Those of the ids that there are, tombstones too, in one query or two."""
    hide: Hide
    restore: Restore


Kinds = Mapping[str, ModeratedKind]
