"""Events of moderation: that somebody reported something, what was decided, and what became of an appeal; ids only."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event
from interlinker_shared.moderation.domain import AppealOutcome, Ground, Outcome


class NoticeFiled(Event):
    """Somebody says that something should go. Who, is told to nobody."""

    name: ClassVar[str] = "notice.filed.v1"

    notice: UUID
    asset: UUID
    kind: str
    item: UUID
    ground: Ground


class NoticeDecided(Event):
    """A moderator decided, by notices or of her own accord; the author of what is restricted can read why."""

    name: ClassVar[str] = "notice.decided.v1"

    decision: UUID
    asset: UUID
    kind: str
    item: UUID
    outcome: Outcome
    ground: Ground | None
    automated: bool
    notices: list[UUID]


class RestrictionEnded(Event):
    """Something is back: its time came, or an appeal was right."""

    name: ClassVar[str] = "restriction.ended.v1"

    decision: UUID
    asset: UUID
    kind: str
    item: UUID


class AppealFiled(Event):
    """The author of something that was taken down objects."""

    name: ClassVar[str] = "appeal.filed.v1"

    appeal: UUID
    decision: UUID
    asset: UUID


class AppealDecided(Event):
    """Somebody looked at a decision once more."""

    name: ClassVar[str] = "appeal.decided.v1"

    appeal: UUID
    decision: UUID
    asset: UUID
    outcome: AppealOutcome


MODERATION_EVENTS: tuple[type[Event], ...] = (NoticeFiled, NoticeDecided, RestrictionEnded, AppealFiled, AppealDecided)
