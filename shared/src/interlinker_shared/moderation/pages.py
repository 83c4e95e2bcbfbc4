"""Reporting, deciding, objecting and the public log as pages; nothing here needs JavaScript."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_shared.accounts.requests import unrepeated
from interlinker_shared.auth import Principal
from interlinker_shared.errors import InvalidError
from interlinker_shared.http.cache import public
from interlinker_shared.http.dependencies import Anyone, AnyoneHere, Database, ModeratorHere, Now, ObserverHere, Paging
from interlinker_shared.http.paging import Listing, PageOf, listing
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.moderation import actions, reading
from interlinker_shared.moderation.domain import AppealOutcome, Ground, Outcome, Stage
from interlinker_shared.moderation.kind import Kinds
from interlinker_shared.moderation.models import (
    Address,
    AppealCreate,
    AppealToJudge,
    DecisionCreate,
    Judgement,
    LogEntry,
    Notice,
    NoticeCreate,
)
from interlinker_shared.moderation.routes import GivenSecret, Moderated, OfAsset
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.text import Key, Line, Prose, Wire

NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

Done = Annotated[Literal["decided", "judged", "appealed"] | None, Query(description="What the reader has just done.")]


class NoticeForm(Wire):
    """What the page asks of a notice."""

    kind: Key
    item: UUID
    ground: Ground
    reason: Prose
    contact: Address | None = None
    good_faith: Literal["true"]


class DecisionForm(Wire):
    """What the page asks of a decision."""

    outcome: Outcome
    ground: Ground | None = None
    clause: Line | None = None
    facts: Prose | None = None
    automated: Literal["true"] | None = None
    until: date | None = None

    @property
    def decision(self) -> DecisionCreate:
        """The same as the API takes it; a day begins at midnight UTC."""
        until = datetime.combine(self.until, time(), UTC) if self.until else None
        return DecisionCreate.model_construct(
            **self.model_dump(exclude={"automated", "until"}), automated=self.automated is not None, until=until
        )


@router.get("/notices/new/view")
async def view_new_notice(
    request: Request,
    db: Database,
    _who: AnyoneHere,
    kinds: Moderated,
    kind: Annotated[Key, Query(description="As in a notice.")],
    item: Annotated[UUID, Query(description="As in a notice.")],
) -> Response:
    """The form to report something; 404 when it is not there."""
    return await _form(request, db, kinds, Form.filled({"kind": kind, "item": str(item)}))


@router.post("/notices/new/view")
@takes_guests
async def file_notice_form(request: Request, db: Database, who: AnyoneHere, now: Now, kinds: Moderated) -> Response:
    """Report something from the page; the address that follows holds the secret to see what becomes of it."""
    try:
        form = await read_form(request, NoticeForm)
        said = form.model_dump(exclude={"good_faith"}) | {
            "good_faith": True,
            "language": _pages(request).language(request),
        }
        body = NoticeCreate.model_validate(said)
        receipt = await unrepeated(request).write(actions.file_notice, kinds, body, by=who, now=now)
    except InvalidError as error:
        return await _form(request, db, kinds, await rejected_form(request, error), status=422)
    return _pages(request).see_other(request, f"/notices/{receipt.id}/view", secret=receipt.secret)


@router.get("/notices/{notice_id}/view")
async def view_notice(
    notice_id: UUID, request: Request, db: Database, who: AnyoneHere, secret: GivenSecret = None
) -> Response:
    """What became of a notice, for whoever holds its secret or gave it."""
    hashed = actions.hash_of(secret) if secret is not None else None
    notice = await db.read(reading.read_notice, notice_id, who, hashed)
    return _private(request, "notice.html", notice=notice)


@router.get("/moderation/view")
async def view_moderation(
    request: Request,
    db: Database,
    _who: ModeratorHere,
    kinds: Moderated,
    page: Paging,
    asset: OfAsset = None,
    done: Done = None,
) -> Response:
    """What waits for a moderator: notices, oldest first, and appeals."""
    notices, appeals = await db.read(_waiting, kinds, asset, page)
    return _private(request, "queue.html", notices=notices, appeals=appeals, asset=asset, done=done)


@router.get("/moderation/view/notices/{notice_id}")
async def view_notice_to_decide(
    notice_id: UUID, request: Request, db: Database, _who: ModeratorHere, kinds: Moderated
) -> Response:
    """A notice with the form to decide about it."""
    return await _notice(request, db, kinds, notice_id, Form())


@router.post("/moderation/view/notices/{notice_id}")
async def decide_notice_form(
    notice_id: UUID, request: Request, db: Database, who: ModeratorHere, now: Now, kinds: Moderated
) -> Response:
    """Decide about a notice from the page."""
    try:
        form = await read_form(request, DecisionForm)
        await db.write(actions.decide_notice, kinds, notice_id, form.decision, by=who, now=now)
    except InvalidError as error:
        return await _notice(request, db, kinds, notice_id, await rejected_form(request, error), status=422)
    return _pages(request).see_other(request, "/moderation/view", done="decided")


@router.get("/moderation/view/appeals/{appeal_id}")
async def view_appeal_to_judge(appeal_id: UUID, request: Request, db: Database, _who: ModeratorHere) -> Response:
    """An appeal with the form to judge it."""
    return await _appeal(request, db, appeal_id, Form())


@router.post("/moderation/view/appeals/{appeal_id}")
async def judge_appeal_form(
    appeal_id: UUID, request: Request, db: Database, who: ModeratorHere, now: Now, kinds: Moderated
) -> Response:
    """Judge an appeal from the page."""
    try:
        form = await read_form(request, Judgement)
        await db.write(actions.judge_appeal, kinds, appeal_id, form, by=who, now=now)
    except InvalidError as error:
        return await _appeal(request, db, appeal_id, await rejected_form(request, error), status=422)
    return _pages(request).see_other(request, "/moderation/view", done="judged")


@router.get("/statements/view")
async def view_statements(request: Request, db: Database, who: Anyone, page: Paging, done: Done = None) -> Response:
    """Why things of one's own were taken down."""
    found = await db.read(reading.list_statements, who, page)
    statements = listing(found, page.limit, lambda statement: [str(statement.id)])
    return _private(request, "statements.html", statements=statements, done=done)


@router.get("/statements/{statement_id}/view")
async def view_statement(statement_id: UUID, request: Request, db: Database, who: Anyone) -> Response:
    """Why something of one's own was taken down, with a form to object."""
    return await _statement(request, db, who, statement_id, Form())


@router.post("/statements/{statement_id}/view/appeal")
async def file_appeal_form(statement_id: UUID, request: Request, db: Database, who: ObserverHere, now: Now) -> Response:
    """Object from the page."""
    try:
        form = await read_form(request, AppealCreate)
        await db.write(actions.file_appeal, statement_id, form, by=who, now=now)
    except InvalidError as error:
        return await _statement(request, db, who, statement_id, await rejected_form(request, error), status=422)
    return _pages(request).see_other(request, "/statements/view", done="appealed")


@router.get("/moderation-log/view")
@public
async def view_moderation_log(request: Request, db: Database, _who: Anyone, page: Paging) -> Response:
    """All decisions, the latest first, and how many there were in each month."""
    view = await db.read(_log, page)
    return _pages(request).render(request, "kit/moderation/log.html", **view, later=page.cursor is not None)


async def _form(request: Request, db: Database, kinds: Kinds, form: Form, *, status: int = 200) -> Response:
    matter = await db.read(reading.what_is_reported, kinds, form.value("kind"), form.value("item"))
    return _private(request, "new_notice.html", status=status, form=form, matter=matter)


async def _notice(
    request: Request, db: Database, kinds: Kinds, notice_id: UUID, form: Form, *, status: int = 200
) -> Response:
    notice = await db.read(reading.notice_to_decide, kinds, notice_id)
    return _private(request, "decide.html", status=status, notice=notice, form=form)


async def _appeal(request: Request, db: Database, appeal_id: UUID, form: Form, *, status: int = 200) -> Response:
    appeal = await db.read(reading.appeal_to_judge, appeal_id)
    return _private(request, "judge.html", status=status, appeal=appeal, form=form)


async def _statement(
    request: Request, db: Database, who: Principal, statement_id: UUID, form: Form, *, status: int = 200
) -> Response:
    statement = await db.read(reading.read_statement, statement_id, who)
    return _private(request, "statement.html", status=status, statement=statement, form=form)


def _waiting(
    session: Session, kinds: Kinds, asset: UUID | None, page: PageOf
) -> tuple[Listing[Notice], Listing[AppealToJudge]]:
    notices = reading.list_notices(session, kinds, Stage.OPEN, asset, page)
    appeals = reading.list_appeals(session, Stage.OPEN, asset, PageOf())
    return (
        listing(notices, page.limit, lambda notice: [str(notice.id)]),
        listing(appeals, PageOf().limit, lambda appeal: [str(appeal.id)]),
    )


def _log(session: Session, page: PageOf) -> dict[str, Any]:
    found = listing(reading.list_log(session, page), page.limit, lambda entry: [str(entry[0])])
    entries: list[LogEntry] = [entry for _, entry in found.items]
    return {"entries": entries, "next": found.next, "counts": reading.count_log(session).items}


def _private(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    words = {"grounds": list(Ground), "outcomes": list(Outcome), "judgements": list(AppealOutcome)}
    response = _pages(request).render(request, f"kit/moderation/{template}", status=status, **words, **context)
    response.headers.update(NO_STORE)
    return response


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
