"""The page to vote on: the method's own ballot, its running total, and the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_ideation import balloting, store
from interlinker_ideation.ballot_forms import BallotForm, beside_ideas
from interlinker_ideation.counting.reading import rule_of
from interlinker_ideation.domain import Gate
from interlinker_ideation.pages import PAGES, back, on_the_web
from interlinker_ideation.reasons import money
from interlinker_ideation.result_pages import amount
from interlinker_ideation.voting import MAX_MARKS
from interlinker_ideation.wire import CampaignConfig, Idea
from interlinker_shared import assets
from interlinker_shared.assets import Asset, State
from interlinker_shared.auth import Principal
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, MemberHere, Now
from interlinker_shared.pages import Form, read_form, rejected_form

BESIDE_IDEAS = MAX_MARKS + 10
"""Fields of a form at most: one beside each idea, and the receipt."""

router = APIRouter(prefix="/campaigns", tags=["pages"], default_response_class=HTMLResponse)


@dataclass(frozen=True)
class View:
    """What the page shows."""

    campaign: Asset
    config: CampaignConfig
    candidates: Sequence[Idea]


@router.get("/{campaign_id}/view/vote")
async def view_ballot(campaign_id: UUID, request: Request, db: Database, who: AnyoneHere) -> Response:
    """The ballot of a campaign as an accessible page."""
    return _page(request, await db.read(_view, campaign_id), who)


@router.post("/{campaign_id}/view/ballot")
async def cast_ballot_form(campaign_id: UUID, request: Request, db: Database, who: MemberHere, now: Now) -> Response:
    """Cast or change a ballot from the page, or only add it up. The receipt is in the answer itself: an address would keep it."""
    view = await db.read(_view, campaign_id)
    ideas: list[UUID] = []
    try:
        form = await read_form(request, BallotForm, lists=("approvals",), max_fields=BESIDE_IDEAS)
        if form.step is not None:
            typed = await rejected_form(request, InvalidError("", fields=()))
            return _page(request, view, who, form=Form(typed.values), total=form.total(view.config, view.candidates))
        paper, ideas = form.paper(view.config)
        told = await db.write(balloting.cast_ballot, campaign_id, paper, by=on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, beside_ideas(error, view.config, ideas))
        return _page(request, view, who, status=422, form=wrong)
    if told.receipt is None:
        return back(request, campaign_id, "ballot")
    return PAGES.render(request, "receipt.html", campaign=view.campaign, receipt=told.receipt)


def _view(session: Session, campaign_id: UUID) -> View:
    campaign = assets.require(session, campaign_id)
    candidates = [store.as_idea(row) for row in store.all_ideas(session, campaign.id)]
    return View(campaign, CampaignConfig.of(campaign), candidates)


def _page(
    request: Request,
    view: View,
    who: Principal,
    *,
    status: int = 200,
    form: Form | None = None,
    total: int | None = None,
) -> Response:
    language, config, campaign = PAGES.language(request), view.config, view.campaign
    labels = {idea.id: {idea.language: _label(idea, config, language)} for idea in view.candidates}
    field = {"points": "points", "ranked": "ranking", "rating": "ratings", "up-down": "votes"}.get(config.method.type)
    return PAGES.render(
        request,
        "vote/page.html",
        status=status,
        view=view,
        form=form or Form(),
        rule=rule_of(config, campaign.id, ideas=len(labels)),
        budget=amount(config.budget, config, language),
        options=list(labels.items()),
        names={f"{field}/{idea}": label for idea, label in labels.items()},
        places=min(len(labels), config.ballot.max or len(labels)),
        total=total,
        total_money=amount(total, config, language),
        signed_in=who.subject is not None,
        takes_ballots=campaign.state is State.OPEN and config.voting is Gate.OPEN and config.method.type != "support",
    )


def _label(idea: Idea, config: CampaignConfig, language: str) -> str:
    return idea.title if idea.cost is None else f"{idea.title} ({money(idea.cost, config.currency, language)})"
