"""Merging ideas that are the same, and undoing it: support and followers go along, one per person, and come back.

The merged idea keeps what it has; the other one gets a row of its own for everybody who came by it. So nothing is lost by an
undo, and nobody counts twice. Ballots name ideas: from the first one on nothing is merged any more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.actions import shown
from interlinker_ideation.domain import N_
from interlinker_ideation.events import IdeaMerged, IdeaSeparated
from interlinker_ideation.wire import Idea
from interlinker_shared.assets import Asset, require_open, touch
from interlinker_shared.auth import Principal
from interlinker_shared.errors import ConflictError, InvalidError, NotFoundError
from interlinker_shared.events import record


class SameIdeaError(InvalidError):
    """An idea cannot be merged into itself."""

    slug = "same-idea"


class BallotsCastError(ConflictError):
    """Ballots name ideas as they are."""

    slug = "ballots-cast"


class MergedFurtherError(ConflictError):
    """The idea that this one went into was merged itself."""

    slug = "merged-further"


def merge_idea(session: Session, campaign_id: UUID, idea_id: UUID, into: UUID, *, by: Principal, now: datetime) -> Idea:
    """Merge an idea into another one of its campaign; gives that one."""
    campaign = _mergeable(session, campaign_id, now)
    if idea_id == into:
        raise SameIdeaError(N_("An idea cannot be merged into itself."), pointer="/into")
    idea, target = store.find_idea(session, campaign.id, idea_id), store.maybe_idea(session, campaign.id, into)
    if target is None:
        raise InvalidError(N_("There is no such idea in this campaign."), slug="unknown-idea", pointer="/into")
    idea.merged_into = target.id
    session.flush()
    store.forget_title(session, idea)
    touch(session, "idea", idea.id, None)
    store.carry_over(session, idea.id, target.id)
    session.refresh(target)
    event = IdeaMerged(campaign=campaign.id, idea=idea.id, into=target.id)
    record(session, event, aggregate=idea.id, actor=by.subject, now=now)
    return shown(session, target)


def separate_idea(session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal, now: datetime) -> Idea:
    """Undo a merge: the idea stands alone again, with all that it had; gives it."""
    campaign = _mergeable(session, campaign_id, now)
    idea, target = _merged(session, campaign, idea_id)
    if target.merged_into is not None:
        raise MergedFurtherError(N_("The idea that this one is part of was merged itself. Undo that first."))
    idea.merged_into = None
    session.flush()
    store.take_back(session, idea.id, target.id)
    if not target.withdrawn:
        session.refresh(target)
        shown(session, target)
    store.index_title(session, idea)
    event = IdeaSeparated(campaign=campaign.id, idea=idea.id, out_of=target.id)
    record(session, event, aggregate=idea.id, actor=by.subject, now=now)
    return shown(session, idea)


def _mergeable(session: Session, campaign_id: UUID, now: datetime) -> Asset:
    campaign = require_open(session, campaign_id, now)
    if store.has_ballots(session, campaign.id):
        raise BallotsCastError(
            N_("People have voted on the ideas as they are: they are not merged or separated any more.")
        )
    return campaign


def _merged(session: Session, campaign: Asset, idea_id: UUID) -> tuple[store.IdeaRow, store.IdeaRow]:
    """A merged idea that is still there, and the one that it went into."""
    found = store.ideas_by_id(session, [idea_id])
    for idea in found:
        if idea.campaign_id == campaign.id and idea.merged_into is not None and not idea.withdrawn:
            (target,) = store.ideas_by_id(session, [idea.merged_into])
            return idea, target
    raise NotFoundError
