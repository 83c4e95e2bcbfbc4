"""Events out: what happened to ideas and that a ballot was cast; never a text, a voter or a choice."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_shared.events import Event


class IdeaSubmitted(Event):
    """A new idea can be read."""

    name: ClassVar[str] = "idea.submitted.v1"
    campaign: UUID
    idea: UUID
    imported: bool = False


class SupportGiven(Event):
    """Somebody supports an idea who did not before."""

    name: ClassVar[str] = "support.given.v1"
    campaign: UUID
    idea: UUID


class BallotCast(Event):
    """One more ballot; changing a ballot is no event."""

    name: ClassVar[str] = "ballot.cast.v1"
    campaign: UUID


class IdeaRestored(Event):
    """An idea that a moderator took down can be read again."""

    name: ClassVar[str] = "idea.restored.v1"

    campaign: UUID
    idea: UUID


EVENTS = (IdeaSubmitted, SupportGiven, BallotCast, IdeaRestored)
