"""Writes: one function per thing that somebody can do in a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from interlinker_ideation import domain, store
from interlinker_ideation.details import check_details
from interlinker_ideation.events import IdeaSubmitted, SupportGiven
from interlinker_ideation.phases import Deed, require_phase
from interlinker_ideation.rendering import to_html
from interlinker_ideation.statuses import Status
from interlinker_ideation.wire import Assessment, CampaignConfig, Idea, IdeaCreate, Support
from interlinker_shared.assets import Asset, Item, State, contribute, require, require_open, touch
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.auth import Principal, Role
from interlinker_shared.events import record
from interlinker_shared.ids import new_id

ERASED = "[erased]"


def submit_idea(session: Session, campaign_id: UUID, body: IdeaCreate, *, by: Principal, now: datetime) -> Idea:
    """Add an idea to an open campaign."""
    campaign = require_open(session, campaign_id, now)
    by = by.on(campaign.path)
    config = CampaignConfig.of(campaign)
    domain.require_submissions(config.submissions)
    domain.require_may_submit(guests=config.guests, signed_in=by.subject is not None)
    domain.require_may_assess(body.cost, moderator=by.may(Role.MODERATOR))
    require_phase(config.phases, Deed.SUBMIT, now)
    require_details(config, body)
    idea = _add_idea(session, campaign, body, author=by.subject, source=None, now=now)
    record(session, IdeaSubmitted(campaign=campaign.id, idea=idea.id), aggregate=idea.id, actor=by.subject, now=now)
    contribute(session, campaign, by, action="idea", items=[idea.id], now=now)
    return idea


def assess_idea(session: Session, campaign_id: UUID, idea_id: UUID, body: Assessment, *, now: datetime) -> Idea:
    """Set what an idea would cost; a closed campaign's result no longer changes."""
    campaign = require(session, campaign_id)
    if campaign.state is not State.DRAFT:
        require_open(session, campaign_id, now)
    row = store.find_idea(session, campaign.id, idea_id)
    row.cost = body.cost
    return shown(session, row)


def withdraw_idea(session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal, now: datetime) -> None:
    """Take back an idea of one's own."""
    campaign = require_open(session, campaign_id, now)
    row = store.find_idea(session, campaign.id, idea_id)
    domain.require_own(row.author, by.subject)
    withdraw_row(session, campaign, row, now)


def give_support(session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal, now: datetime) -> Support:
    """Support an idea; the second time changes nothing."""
    campaign = require_open(session, campaign_id, now)
    require_phase(CampaignConfig.of(campaign).phases, Deed.SUPPORT, now)
    row = store.find_idea(session, campaign.id, idea_id)
    if store.give_support(session, row.id, by.known()):
        session.refresh(row)
        record(session, SupportGiven(campaign=campaign.id, idea=row.id), aggregate=row.id, actor=by.subject, now=now)
        contribute(session, campaign, by, action="support", items=[row.id], now=now)
        shown(session, row)
    return Support(idea=row.id, supported=True, support=row.support)


def take_support_back(session: Session, campaign_id: UUID, idea_id: UUID, *, by: Principal, now: datetime) -> Support:
    """Support an idea no longer; the second time changes nothing."""
    campaign = require_open(session, campaign_id, now)
    require_phase(CampaignConfig.of(campaign).phases, Deed.SUPPORT, now)
    row = store.find_idea(session, campaign.id, idea_id)
    if store.take_support_back(session, row.id, by.known()):
        store.drop_below(session, store.merged_into(session, row.id), by.known())
        session.refresh(row)
        shown(session, row)
    return Support(idea=row.id, supported=False, support=row.support)


def import_items(session: Session, campaign: Asset, items: Sequence[Item], now: datetime) -> list[str]:
    """Take over items of an earlier step as ideas without an author."""
    return [str(_import(session, campaign, item, now)) for item in items]


def _import(session: Session, campaign: Asset, item: Item, now: datetime) -> UUID:
    title = domain.imported_title(item.title, item.text, item.id)
    body = IdeaCreate(
        title=title,
        text=item.text or title,
        language=item.language or campaign.language,
        cost=domain.imported_cost((item.model_extra or {}).get("cost")),
    )
    source = item.source.model_dump() if item.source else None
    idea = _add_idea(session, campaign, body, author=None, source=source, now=now)
    event = IdeaSubmitted(campaign=campaign.id, idea=idea.id, imported=True)
    record(session, event, aggregate=idea.id, now=now)
    return idea.id


def withdraw_import(session: Session, campaign: Asset, item: str, now: datetime) -> None:
    """An imported idea was withdrawn where it came from: its words go; a closed campaign keeps its place in the result."""
    for row in store.ideas_by_id(session, [UUID(item)]):
        _blank(session, row)
        if campaign.state is not State.CLOSED and not row.withdrawn:
            withdraw_row(session, campaign, row, now)
        elif not row.withdrawn:
            shown(session, row)
            withdraw(session, campaign, row.id, now=now)


def forget_campaign(session: Session, campaign: Asset, _now: datetime) -> None:
    """The campaign is deleted: its ideas leave the delta feed with it, and nothing tells whose ballot might be which."""
    if campaign.state is State.OPEN:
        store.seal_ballots(session, campaign.id)
    store.end_counting(session, campaign.id)
    for row in store.all_ideas(session, campaign.id):
        touch(session, "idea", row.id, None)


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """All that is held about a person: her ideas, what she supports, and where she has voted (nobody knows how).

    Of a closed campaign nobody can tell any more whether she has.
    """
    return {
        "ideas": [store.as_idea(row).model_dump(mode="json") for row in store.ideas_of(session, subject)],
        "follows": [str(idea) for idea in store.followed_by(session, subject)],
        "former_versions": [
            {"idea": str(old.idea_id), "version": old.version, "title": old.title, "text": old.text}
            for old in store.versions_of(session, subject)
        ],
        "supports": [str(idea) for idea in store.supported_by(session, subject)],
        "voted": [str(campaign) for campaign in store.voted_in(session, subject)],
    }


def erase_subject(session: Session, subject: str, now: datetime) -> None:
    """Forget a person: her ideas lose author and words, her support a name; no count changes. Later steps let her ideas go."""
    nobody = f"erased-{uuid4()}"
    store.rename_supporter(session, subject, nobody)
    store.rename_follower(session, subject, nobody)
    for row in store.ideas_of(session, subject):
        row.author = None
        _blank(session, row)
        if not row.withdrawn and store.is_there(session, row.campaign_id):
            shown(session, row)
        campaign = store.campaign_of(session, row)
        if campaign is not None and not (row.withdrawn or row.removed):
            withdraw(session, campaign, row.id, now=now)


def _blank(session: Session, row: store.IdeaRow) -> None:
    store.forget_title(session, row)
    store.forget_versions(session, row.id)
    row.fields, row.location = {}, None
    row.title, row.text, row.html = ERASED, ERASED, to_html(ERASED)


def _add_idea(
    session: Session,
    campaign: Asset,
    body: IdeaCreate,
    *,
    author: str | None,
    source: dict[str, str] | None,
    now: datetime,
) -> Idea:
    row = store.IdeaRow(
        id=new_id(),
        campaign_id=campaign.id,
        number=store.next_number(session, campaign.id),
        html=to_html(body.text),
        author=author,
        source=source,
        support=0,
        withdrawn=False,
        removed=False,
        status=Status.SUBMITTED,
        version=1,
        created_at=now,
        **body.model_dump(),
    )
    session.add(row)
    store.index_title(session, row)
    return shown(session, row)


def require_details(config: CampaignConfig, body: IdeaCreate) -> None:
    """Raise DetailsError unless an idea tells what its campaign asks for."""
    check_details(
        category=(body.category, [choice.id for choice in config.categories]),
        district=(body.district, [choice.id for choice in config.districts]),
        place=(body.location, config.location),
        given=body.fields,
        fields=config.fields,
    )


def withdraw_row(session: Session, campaign: Asset, row: store.IdeaRow, now: datetime) -> None:
    """Take an idea out of its campaign; those who took it over hear of it."""
    store.forget_title(session, row)
    row.withdrawn = True
    session.flush()
    _release(session, row)
    touch(session, "idea", row.id, None)
    withdraw(session, campaign, row.id, now=now)


def _release(session: Session, row: store.IdeaRow) -> None:
    """Ideas that were merged into one that is gone stand alone again: their authors did not withdraw them."""
    for idea in store.directly_merged(session, row.id):
        idea.merged_into = None
        session.flush()
        store.take_back(session, idea.id, row.id)
        if not idea.withdrawn:
            store.index_title(session, idea)
            shown(session, idea)


def shown(session: Session, row: store.IdeaRow) -> Idea:
    """Write the row and tell mirrors what it looks like now."""
    session.flush()
    idea = store.as_idea(row)
    touch(session, "idea", idea.id, None if row.merged_into else idea.model_dump(mode="json"))
    return idea
