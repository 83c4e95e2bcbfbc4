"""Events out: what happened to ideas and that a ballot was cast; never a text, a voter or a choice."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from interlinker_ideation.phases import PhaseKind
from interlinker_ideation.statuses import Status
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


class IdeaRevised(Event):
    """The words of an idea were changed by who submitted it."""

    name: ClassVar[str] = "idea.revised.v1"
    campaign: UUID
    idea: UUID
    version: int


class IdeaMerged(Event):
    """An idea was found to be the same as another, which carries its support from now on."""

    name: ClassVar[str] = "idea.merged.v1"
    campaign: UUID
    idea: UUID
    into: UUID


class IdeaSeparated(Event):
    """A merge was undone: the idea stands alone again."""

    name: ClassVar[str] = "idea.separated.v1"
    campaign: UUID
    idea: UUID
    out_of: UUID


class IdeaAnswered(Event):
    """An office answered an idea in public; whoever submitted, supports or follows it finds that among the news."""

    name: ClassVar[str] = "idea.answered.v1"
    campaign: UUID
    idea: UUID


class IdeaAdvanced(Event):
    """An idea took a step on its way through the offices."""

    name: ClassVar[str] = "idea.advanced.v1"
    campaign: UUID
    idea: UUID
    status: Status


class CampaignArchived(Event):
    """A closed campaign was put away; so many of its ideas stay without an answer."""

    name: ClassVar[str] = "campaign.archived.v1"
    campaign: UUID
    unanswered: int


class PhaseBegan(Event):
    """A phase of a campaign has begun; told within two seconds of its time."""

    name: ClassVar[str] = "phase.began.v1"
    campaign: UUID
    phase: PhaseKind


class PhaseEnded(Event):
    """A phase of a campaign is over."""

    name: ClassVar[str] = "phase.ended.v1"
    campaign: UUID
    phase: PhaseKind


EVENTS = (
    IdeaSubmitted,
    SupportGiven,
    BallotCast,
    IdeaRestored,
    IdeaRevised,
    IdeaMerged,
    IdeaSeparated,
    IdeaAnswered,
    IdeaAdvanced,
    CampaignArchived,
    PhaseBegan,
    PhaseEnded,
)
