"""What officials do with ideas, and what authors and followers do with theirs beside submitting them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_ideation import papers, store
from interlinker_ideation.actions import shown
from interlinker_ideation.domain import N_, NotYoursError
from interlinker_ideation.events import CampaignArchived, IdeaAdvanced, IdeaAnswered, IdeaRevised
from interlinker_ideation.phases import Deed, require_phase
from interlinker_ideation.rendering import to_html
from interlinker_ideation.statuses import Status, require_archivable, require_not_archived, require_step
from interlinker_ideation.wire import CampaignConfig, Idea
from interlinker_shared.assets import Asset, State, contribute, require, require_open
from interlinker_shared.auth import Principal
from interlinker_shared.errors import ConflictError
from interlinker_shared.events import record


class NewerVersionError(ConflictError):
    """Somebody changed the idea meanwhile."""

    slug = "newer-version"


def revise_idea(
    session: Session, campaign_id: UUID, idea_id: UUID, body: papers.IdeaRevision, *, by: Principal, now: datetime
) -> Idea:
    """Change the words of one's own idea; the former ones stay to be read."""
    campaign = require_open(session, campaign_id, now)
    require_phase(CampaignConfig.of(campaign).phases, Deed.REVISE, now)
    row = store.find_idea(session, campaign.id, idea_id)
    if row.author is None or row.author != by.subject:
        raise NotYoursError(N_("You can change only your own idea."))
    if row.version != body.version:
        raise NewerVersionError(N_("This idea has a newer version. Read it first."))
    store.keep_version(session, row, now)
    store.forget_title(session, row)
    row.title, row.text, row.html = body.title, body.text, to_html(body.text)
    row.version += 1
    store.index_title(session, row)
    event = IdeaRevised(campaign=campaign.id, idea=row.id, version=row.version)
    record(session, event, aggregate=row.id, actor=by.subject, now=now)
    return shown(session, row)


def follow_idea(
    session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal, now: datetime
) -> papers.Following:
    """Be told what becomes of an idea; the second time changes nothing."""
    campaign = require(session, campaign_id)
    row = store.find_idea(session, campaign.id, idea_id)
    if store.follow(session, row.id, by.known()):
        contribute(session, campaign, by, action="follow", items=[row.id], now=now)
    return papers.Following(idea=row.id, following=True)


def unfollow_idea(session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal) -> papers.Following:
    """Follow an idea no longer, nor those that were merged into it."""
    row = store.find_idea(session, require(session, campaign_id).id, idea_id)
    store.unfollow(session, [row.id, *store.merged_into(session, row.id)], by.known())
    return papers.Following(idea=row.id, following=False)


def put_assessment(
    session: Session, campaign_id: UUID, idea_id: UUID, body: papers.AssessmentPut, *, now: datetime
) -> papers.FullAssessment:
    """Write what an office found out about an idea. A closed campaign's costs no longer change: its result names them."""
    campaign, row = _at_work(session, campaign_id, idea_id)
    if body.cost != row.cost:
        if campaign.state is not State.DRAFT:
            require_open(session, campaign_id, now)
        row.cost = body.cost
        shown(session, row)
    values = body.model_dump(exclude={"cost"}) | {"assessed_at": now}
    store.put_assessment(session, row.id, values)
    return papers.FullAssessment(idea=row.id, assessed_at=now, **body.model_dump())


def put_answer(
    session: Session, campaign_id: UUID, idea_id: UUID, body: papers.AnswerPut, *, by: Principal, now: datetime
) -> papers.Answer:
    """Answer an idea in public, or correct the answer."""
    campaign, row = _at_work(session, campaign_id, idea_id)
    answer = store.put_answer(session, row.id, body.model_dump() | {"html": to_html(body.text), "answered_at": now})
    event = IdeaAnswered(campaign=campaign.id, idea=row.id)
    record(session, event, aggregate=row.id, actor=by.subject, now=now)
    return as_answer(answer)


def take_step(
    session: Session, campaign_id: UUID, idea_id: UUID, body: papers.StepTake, *, by: Principal, now: datetime
) -> papers.Step:
    """Take an idea a step further on its way through the offices."""
    campaign, row = _at_work(session, campaign_id, idea_id)
    require_step(Status(row.status), body.status)
    row.status = body.status
    step = store.add_step(session, row.id, body.status, body.reason, now)
    event = IdeaAdvanced(campaign=campaign.id, idea=row.id, status=body.status)
    record(session, event, aggregate=row.id, actor=by.subject, now=now)
    shown(session, row)
    return as_step(step)


def archive_campaign(
    session: Session, campaign_id: UUID, body: papers.ArchiveAsk, *, by: Principal, now: datetime
) -> papers.Archive:
    """Put a closed campaign away; refused while ideas are unanswered, unless somebody says why."""
    campaign = require(session, campaign_id)
    require_not_archived(archived=store.archive(session, campaign.id) is not None)
    left = store.unanswered(session, campaign.id)
    require_archivable(closed=campaign.state is State.CLOSED, unanswered=left, reason=body.reason)
    row = store.add_archive(session, campaign.id, left, body.reason, now)
    event = CampaignArchived(campaign=campaign.id, unanswered=left)
    record(session, event, aggregate=campaign.id, actor=by.subject, now=now)
    return as_archive(row)


def _at_work(session: Session, campaign_id: UUID, idea_id: UUID) -> tuple[Asset, store.IdeaRow]:
    """An idea that officials may still work on."""
    campaign = require(session, campaign_id)
    require_not_archived(archived=store.archive(session, campaign.id) is not None)
    return campaign, store.find_idea(session, campaign.id, idea_id)


def as_answer(row: store.AnswerRow) -> papers.Answer:
    """The wire model of a row."""
    names = ("office", "text", "language", "html", "answered_at")
    return papers.Answer(idea=row.idea_id, **{name: getattr(row, name) for name in names})


def as_step(row: store.StepRow) -> papers.Step:
    """The same of a step."""
    return papers.Step(status=Status(row.status), reason=row.reason, at=row.at)


def as_archive(row: store.ArchiveRow) -> papers.Archive:
    """The same of an archived campaign."""
    names = ("archived_at", "unanswered", "reason")
    return papers.Archive(campaign=row.campaign_id, **{name: getattr(row, name) for name in names})
