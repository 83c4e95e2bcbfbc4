"""Pages of ideas: browse and search, read one with its history, compare some, submit one with similar ones shown first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from secrets import randbelow
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from interlinker_ideation import actions, desk, reading, store
from interlinker_ideation.asked import OwnField, Place
from interlinker_ideation.details import FieldType
from interlinker_ideation.domain import Gate
from interlinker_ideation.pages import PAGES
from interlinker_ideation.phases import Deed, may, standing
from interlinker_ideation.reasons import money
from interlinker_ideation.similar import words
from interlinker_ideation.similar.asking import SimilarIdea, most_alike
from interlinker_ideation.statuses import Status
from interlinker_ideation.store.browsing import Order, Sought
from interlinker_ideation.wire import CampaignConfig, IdeaCreate
from interlinker_shared.assets import Asset, State, require
from interlinker_shared.auth import Channel, Principal
from interlinker_shared.errors import InvalidError
from interlinker_shared.http import AnyoneHere, Database, MemberHere, Now, Paging, listing, public
from interlinker_shared.http.paging import PageOf
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.pages import Form, read_form, rejected_form
from interlinker_shared.text import Clean, LanguageTag, Line, Prose, Wire

SEEDS = 1000
SAME = 70
"""From this likeness on somebody is asked whether her idea is there already."""

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["pages"], default_response_class=HTMLResponse)

BLANK = BeforeValidator(lambda value: value or None)
"""Browsers send every field of a form, also those that nobody filled in."""

Text = Annotated[str | None, Query(max_length=200), Clean]
Done = Annotated[str | None, Query(max_length=20, description="What the reader has just done.")]
Seed = Annotated[int | None, Query(ge=1, le=SEEDS, description="Which of the random orders.")]
Compared = Annotated[list[UUID], Query(alias="idea", min_length=2, max_length=3, description="Two or three ideas.")]


class NewIdea(Wire):
    """What the page asks of a new idea, as a form gives it."""

    title: Line
    text: Prose
    language: LanguageTag
    category: str | None = None
    district: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    longitude: float | None = Field(None, ge=-180, le=180)
    latitude: float | None = Field(None, ge=-90, le=90)
    confirmed: str | None = None


@router.get("/ideas/view")
@public
async def browse_ideas(
    campaign_id: UUID,
    request: Request,
    db: Database,
    *,
    who: AnyoneHere,
    now: Now,
    page: Paging,
    q: Text = None,
    category: Text = None,
    district: Text = None,
    status: Annotated[Status | None, BLANK, Query()] = None,
    order: Annotated[Order | None, BLANK, Query()] = None,
    seed: Seed = None,
) -> Response:
    """Browse ideas with filters, search their titles. While they can be supported everybody gets a random order of her own."""
    campaign = await db.read(require, campaign_id)
    order = order or (Order.RANDOM if _takes(campaign, Deed.SUPPORT, now) else Order.NEWEST)
    if order is Order.RANDOM and seed is None:
        return _dealt(request, campaign_id, who)
    sought = Sought(order, seed or 1, category or None, district or None, status)
    shown = await db.read(_browsed, campaign_id, sought, page, words.fold(q) if q else "")
    form = Form.filled({"q": q, "category": category, "district": district, "status": status, "order": order})
    return PAGES.render(
        request, "browse.html", **shown, form=form, sought=sought, statuses=list(Status), orders=list(Order)
    )


@router.get("/ideas/new/view")
@public
async def new_idea(campaign_id: UUID, request: Request, db: Database, *, who: AnyoneHere, now: Now) -> Response:
    """A page to submit an idea."""
    return await _new_idea(request, db, who, campaign_id, now)


@router.post("/ideas/new/view")
@takes_guests
async def submit_new_idea(campaign_id: UUID, request: Request, db: Database, *, who: AnyoneHere, now: Now) -> Response:
    """Submit an idea from its page. Where similar ones are there already, they are shown first, and nothing is sent yet."""
    try:
        form = await read_form(request, NewIdea)
        config = CampaignConfig.of(await db.read(require, campaign_id))
        body = _as_idea(form, config)
        if form.confirmed is None:
            found = await db.read(store.candidates, campaign_id, words.fold(form.title))
            alike = [one for one in most_alike(form.title, found, 5).items if one.likeness >= SAME]
            if alike:
                return await _new_idea(request, db, who, campaign_id, now, form=_kept(form), alike=alike)
        idea = await db.write(actions.submit_idea, campaign_id, body, by=_on_the_web(who), now=now)
    except InvalidError as error:
        wrong = await rejected_form(request, error)
        return await _new_idea(request, db, who, campaign_id, now, form=wrong, status=422)
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/ideas/{idea.id}/view", done="idea")


@router.get("/ideas/{idea_id}/view")
@public
async def view_idea(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: AnyoneHere, now: Now, done: Done = None
) -> Response:
    """One idea with its details, its way through the offices, the answer and former versions."""
    idea = await db.read(store.read_idea, campaign_id, idea_id)
    if idea.id != idea_id:
        return PAGES.see_other(request, f"/campaigns/{campaign_id}/ideas/{idea.id}/view")
    campaign = await db.read(require, campaign_id)
    config = CampaignConfig.of(campaign)
    return PAGES.render(
        request,
        "idea.html",
        campaign=campaign,
        idea=idea,
        done=done,
        signed_in=who.subject is not None,
        takes_support=_takes(campaign, Deed.SUPPORT, now),
        history=await db.read(reading.history, campaign_id, idea_id),
        cost=_money(idea.cost, config, PAGES.language(request)),
        details=details_of(idea, config),
        config=config,
    )


@router.post("/ideas/{idea_id}/view/following")
async def follow_idea_form(
    campaign_id: UUID, idea_id: UUID, request: Request, db: Database, *, who: MemberHere, now: Now
) -> Response:
    """Follow an idea from its page."""
    await db.write(desk.follow_idea, campaign_id, idea_id, by=_on_the_web(who), now=now)
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/ideas/{idea_id}/view", done="follow")


@router.get("/compare/view")
@public
async def compare_ideas(
    campaign_id: UUID, request: Request, db: Database, *, _who: AnyoneHere, ideas: Compared
) -> Response:
    """Two or three ideas side by side."""
    campaign = await db.read(require, campaign_id)
    config, language = CampaignConfig.of(campaign), PAGES.language(request)
    found = await db.read(store.ideas_in_order, campaign_id, list(dict.fromkeys(ideas)))
    costs = {idea.id: _money(idea.cost, config, language) for idea in found}
    details = {idea.id: details_of(idea, config) for idea in found}
    labels = [label for label, _ in details_of(None, config)]
    return PAGES.render(
        request, "compare.html", campaign=campaign, ideas=found, costs=costs, details=details, labels=labels
    )


async def _new_idea(
    request: Request,
    db: Database,
    who: Principal,
    campaign_id: UUID,
    now: Any,
    *,
    form: Form | None = None,
    alike: list[SimilarIdea] | None = None,
    status: int = 200,
) -> Response:
    campaign = await db.read(require, campaign_id)
    config = CampaignConfig.of(campaign)
    return PAGES.render(
        request,
        "new_idea.html",
        status=status,
        campaign=campaign,
        config=config,
        phases=[(phase, standing(phase, now)) for phase in config.phases],
        takes=_takes(campaign, Deed.SUBMIT, now) and config.submissions is Gate.OPEN,
        may=who.subject is not None or config.guests,
        alike=alike or [],
        idea_form=form or Form.filled({"language": PAGES.language(request)}),
    )


def _browsed(session: Session, campaign_id: UUID, sought: Sought, page: PageOf, folded: str) -> dict[str, Any]:
    campaign = require(session, campaign_id)
    if folded:
        found = most_alike(folded, store.candidates(session, campaign.id, folded), 20).items
        ideas = store.ideas_in_order(session, campaign.id, [one.id for one in found])
        return {"campaign": campaign, "config": CampaignConfig.of(campaign), "ideas": ideas, "next": None}
    listed = listing(
        store.browse(session, campaign.id, sought, page), page.limit, lambda one: store.place_of(one, sought)
    )
    return {"campaign": campaign, "config": CampaignConfig.of(campaign), "ideas": listed.items, "next": listed.next}


def _dealt(request: Request, campaign_id: UUID, who: Principal) -> Response:
    """A random order: for somebody who is known the same each time, for others another one each time."""
    kept = {name: value for name, value in request.query_params.items() if name not in {"order", "seed", "cursor"}}
    seed = randbelow(SEEDS) + 1 if who.subject is None else _seed_of(campaign_id, who.subject)
    return PAGES.see_other(request, f"/campaigns/{campaign_id}/ideas/view", **kept, order=Order.RANDOM, seed=seed)


def _seed_of(campaign: UUID, subject: str) -> int:
    return int.from_bytes(sha256(f"{campaign}\0{subject}".encode()).digest()[:4], "big") % SEEDS + 1


def _takes(campaign: Asset, deed: Deed, now: Any) -> bool:
    return campaign.state is State.OPEN and may(CampaignConfig.of(campaign).phases, deed, now)


def details_of(idea: Any, config: CampaignConfig) -> list[tuple[str, str]]:
    """What an idea tells beside its words, as label and text; the labels alone without one."""
    fields: Mapping[str, Any] = idea.fields if idea is not None else {}
    return [(field.title, _said(field, fields.get(field.id))) for field in config.fields]


def _said(field: OwnField, value: Any) -> str:
    if value is None:
        return ""
    if field.type is FieldType.CHOICE:
        return next((choice.title for choice in field.choices if choice.id == value), "")
    return {True: "✓", False: "✗"}[value] if isinstance(value, bool) else str(value)


def _as_idea(form: NewIdea, config: CampaignConfig) -> IdeaCreate:
    """The idea that a form describes; what is no number or no yes stays text, and is refused with its field."""
    kinds = {field.id: field.type for field in config.fields}
    place = None
    if form.longitude is not None and form.latitude is not None:
        place = Place(coordinates=(form.longitude, form.latitude))
    return IdeaCreate(
        title=form.title,
        text=form.text,
        language=form.language,
        category=form.category,
        district=form.district,
        fields={name: _typed(value, kinds.get(name)) for name, value in form.fields.items()},
        location=place,
    )


def _typed(text: str, kind: FieldType | None) -> Any:
    if kind is FieldType.YES_NO:
        return {"yes": True, "no": False}.get(text, text)
    if kind is not FieldType.NUMBER:
        return text
    try:
        return int(text) if text.strip().lstrip("-").isdecimal() else float(text.replace(",", "."))
    except ValueError:
        return text


def _kept(form: NewIdea) -> Form:
    """The form as it was sent, to be sent again."""
    flat = form.model_dump(exclude={"fields", "confirmed"})
    return Form.filled(flat | {f"fields/{name}": value for name, value in form.fields.items()})


def _money(amount: int | None, config: CampaignConfig, language: str) -> str:
    return "" if amount is None else money(amount, config.currency, language)


def _on_the_web(who: Principal) -> Principal:
    """Somebody at a page takes part by the web, unless her token says that the page is embedded."""
    return replace(who, channel=Channel.WEB) if who.channel is Channel.API else who
