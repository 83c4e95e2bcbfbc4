"""A campaign as pages: read, support and submit without JavaScript, and read the result with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_ideation import actions, store
from interlinker_ideation.domain import Gate, Sort
from interlinker_ideation.phases import Deed, may
from interlinker_ideation.rendering import to_html
from interlinker_ideation.result_pages import amount, result_context
from interlinker_ideation.wire import CampaignConfig, Idea, IdeaCreate
from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.auth import Channel, Principal
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, Listing, MemberHere, Now, Paging, listing, public
from interlinker_shared.http.paging import PageOf
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.text import LanguageTag, Line, Prose, Wire

PAGES = Pages("interlinker_ideation", name={"en": "Ideas", "es": "Ideas", "de": "Ideen"})
BARS = 20

router = APIRouter(prefix="/campaigns", tags=["pages"], default_response_class=HTMLResponse)

SortBy = Annotated[Sort, Query(description="Newest first, or most supported first.")]
Done = Annotated[str | None, Query(max_length=20, description="What the reader has just done.")]


class IdeaForm(Wire):
    """What the page asks of a new idea."""

    title: Line
    text: Prose
    language: LanguageTag


@dataclass(frozen=True)
class View:
    """What the page shows of an open campaign or of a draft."""

    campaign: Asset
    config: CampaignConfig
    ideas: Listing[Idea]


@router.get("/{campaign_id}/view")
@public
async def view_campaign(
    campaign_id: UUID,
    request: Request,
    db: Database,
    who: AnyoneHere,
    page: Paging,
    sort: SortBy = Sort.NEWEST,
    done: Done = None,
) -> Response:
    """The campaign as an accessible page; once closed, its result with the reason for every idea."""
    campaign = await db.read(assets.require, campaign_id)
    if campaign.state is State.CLOSED:
        return PAGES.render(request, "result.html", **await db.read(result_context, campaign, PAGES.language(request)))
    return await _campaign(request, db, who, campaign_id, page=page, sort=sort, done=done)


@router.post("/{campaign_id}/view/ideas")
@takes_guests
async def submit_idea_form(campaign_id: UUID, request: Request, db: Database, who: AnyoneHere, now: Now) -> Response:
    """Submit an idea from the page."""
    try:
        form = await read_form(request, IdeaForm)
        body = IdeaCreate(title=form.title, text=form.text, language=form.language)
        await db.write(actions.submit_idea, campaign_id, body, by=on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _campaign(request, db, who, campaign_id, status=422, idea_form=wrong)
    return back(request, campaign_id, "idea")


@router.post("/{campaign_id}/view/ideas/{idea_id}/support")
async def support_idea_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, who: MemberHere, now: Now
) -> Response:
    """Support an idea from the page."""
    await db.write(actions.give_support, campaign_id, idea_id, by=on_the_web(who), now=now)
    return back(request, campaign_id, "support")


async def _campaign(
    request: Request,
    db: Database,
    who: Principal,
    campaign_id: UUID,
    *,
    page: PageOf | None = None,
    sort: Sort = Sort.NEWEST,
    done: str | None = None,
    status: int = 200,
    idea_form: Form | None = None,
) -> Response:
    view = await db.read(_view, campaign_id, sort, page or PageOf())
    language = PAGES.language(request)
    open_ = view.campaign.state is State.OPEN
    now: datetime = request.app.state.kit.clock()
    return PAGES.render(
        request,
        "campaign.html",
        status=status,
        view=view,
        description=to_html(view.config.description or ""),
        budget=amount(view.config.budget, view.config, language),
        costs={idea.id: amount(idea.cost, view.config, language) for idea in view.ideas.items},
        sort=sort,
        done=done,
        signed_in=who.subject is not None,
        takes_ideas=open_ and view.config.submissions is Gate.OPEN and may(view.config.phases, Deed.SUBMIT, now),
        takes_ballots=open_
        and view.config.voting is Gate.OPEN
        and view.config.method.type != "support"
        and may(view.config.phases, Deed.VOTE, now),
        takes_support=open_ and may(view.config.phases, Deed.SUPPORT, now),
        idea_form=idea_form or Form.filled({"language": language}),
    )


def _view(session: Session, campaign_id: UUID, sort: Sort, page: PageOf) -> View:
    campaign = assets.require(session, campaign_id)
    found = store.list_ideas(session, campaign.id, sort=sort, page=page)
    return View(
        campaign=campaign,
        config=CampaignConfig.of(campaign),
        ideas=listing(found, page.limit, lambda idea: store.sort_keys(idea.support, idea.number, sort)),
    )


def on_the_web(who: Principal) -> Principal:
    """Somebody at a page takes part by the web, unless her token says that the page is embedded."""
    return replace(who, channel=Channel.WEB) if who.channel is Channel.API else who


def back(request: Request, campaign_id: UUID, done: str) -> Response:
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/view", done=done)
