"""Routes of moderation, which every service has whose things can be reported."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from interlinker_shared.accounts.requests import unrepeated
from interlinker_shared.http.cache import public
from interlinker_shared.http.dependencies import Anyone, AnyoneHere, Database, ModeratorHere, Now, ObserverHere, Paging
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.limits.guests import takes_guests
from interlinker_shared.limits.rates import costly
from interlinker_shared.moderation import actions, reading
from interlinker_shared.moderation.domain import Stage
from interlinker_shared.moderation.kind import Kinds
from interlinker_shared.moderation.models import (
    Appeal,
    AppealCreate,
    AppealToJudge,
    Contact,
    Decision,
    DecisionCreate,
    Judgement,
    LogCounts,
    LogEntry,
    Notice,
    NoticeAnswer,
    NoticeCreate,
    NoticeReceipt,
    Secret,
    Statement,
)
from interlinker_shared.state import Kit

router = APIRouter(tags=["moderation"])


async def _kinds(request: Request) -> Kinds:
    kinds: Kinds = request.app.state.moderated
    return kinds


Moderated = Annotated[Kinds, Depends(_kinds)]
InStage = Annotated[Stage, Query(description="Those that wait for a decision, or those that have one.")]
OfAsset = Annotated[UUID | None, Query(description="Only about this asset; for those who moderate only this one.")]
GivenSecret = Annotated[Secret | None, Query(description="What was told when the notice came in.")]


@router.post("/notices", status_code=201)
@takes_guests
async def file_notice(
    body: NoticeCreate, request: Request, who: AnyoneHere, now: Now, kinds: Moderated
) -> NoticeReceipt:
    """Report something that is illegal or against the house's rules; nobody needs an account for it.

    The answer confirms receipt and holds the secret to follow the notice with. 404 when there is no such item that one can
    see, 409 when it is gone already, 422 without a reason.
    """
    return await unrepeated(request).write(actions.file_notice, kinds, body, by=who, now=now)


@router.get("/notices")
async def list_notices(
    db: Database,
    _who: ModeratorHere,
    page: Paging,
    kinds: Moderated,
    state: InStage = Stage.OPEN,
    asset: OfAsset = None,
) -> Listing[Notice]:
    """List notices, oldest first, each with the beginning of what it is about. Who gave them is told to nobody."""
    found = await db.read(reading.list_notices, kinds, state, asset, page)
    return listing(found, page.limit, lambda notice: [str(notice.id)])


@router.get("/notices/{notice_id}")
async def read_notice(notice_id: UUID, db: Database, who: AnyoneHere, secret: GivenSecret = None) -> NoticeAnswer:
    """See what became of a notice: with its secret, as who gave it, or as moderator; 404 for all others."""
    hashed = actions.hash_of(secret) if secret is not None else None
    return await db.read(reading.read_notice, notice_id, who, hashed)


@router.get("/notices/{notice_id}/contact")
async def read_notice_contact(notice_id: UUID, db: Database, _who: ModeratorHere) -> Contact:
    """Read where the answer to a notice is wanted; 404 when no address was left, or its time is over."""
    return await db.read(reading.read_contact, notice_id)


@router.post("/notices/{notice_id}/decision", status_code=201)
async def decide_notice(
    notice_id: UUID, body: DecisionCreate, db: Database, who: ModeratorHere, now: Now, kinds: Moderated
) -> Decision:
    """Decide about what a notice reports; it answers all open notices about the same item.

    To `hide` or `remove` takes effect at once, and its author can read why. 409 when another moderator was faster, or the
    item is gone already.
    """
    return await db.write(actions.decide_notice, kinds, notice_id, body, by=who, now=now)


@router.get("/statements")
async def list_statements(db: Database, who: Anyone, page: Paging) -> Listing[Statement]:
    """List why things of your own were taken down, the latest first."""
    found = await db.read(reading.list_statements, who, page)
    return listing(found, page.limit, lambda statement: [str(statement.id)])


@router.get("/statements/{statement_id}")
async def read_statement(statement_id: UUID, db: Database, who: Anyone) -> Statement:
    """Read why something of your own was taken down. 404 for somebody else's."""
    return await db.read(reading.read_statement, statement_id, who)


@router.post("/statements/{statement_id}/appeal", status_code=201)
async def file_appeal(statement_id: UUID, body: AppealCreate, db: Database, who: ObserverHere, now: Now) -> Appeal:
    """Object to a decision about something of your own, once and within six months; 409 otherwise."""
    return await db.write(actions.file_appeal, statement_id, body, by=who, now=now)


@router.get("/appeals")
async def list_appeals(
    db: Database, _who: ModeratorHere, page: Paging, state: InStage = Stage.OPEN, asset: OfAsset = None
) -> Listing[AppealToJudge]:
    """List appeals with the decisions that they are about, oldest first."""
    found = await db.read(reading.list_appeals, state, asset, page)
    return listing(found, page.limit, lambda appeal: [str(appeal.id)])


@router.post("/appeals/{appeal_id}/outcome")
async def judge_appeal(
    appeal_id: UUID, body: Judgement, db: Database, who: ModeratorHere, now: Now, kinds: Moderated
) -> AppealToJudge:
    """Let a decision stand, or undo it, which puts the item back. 403 for who decided herself, unless she is owner."""
    return await db.write(actions.judge_appeal, kinds, appeal_id, body, by=who, now=now)


@router.get("/moderation-log")
@public
async def list_moderation_log(db: Database, _who: Anyone, page: Paging) -> Listing[LogEntry]:
    """List all decisions, the latest first: no item, no text, no person."""
    found = await db.read(reading.list_log, page)
    whole = listing(found, page.limit, lambda entry: [str(entry[0])])
    return Listing[LogEntry](items=[entry for _, entry in whole.items], next=whole.next)


@router.get("/moderation-log/counts")
@public
async def count_moderation_log(db: Database, _who: Anyone) -> LogCounts:
    """Count decisions and appeals by month, kind, outcome and ground."""
    return await db.read(reading.count_log)


@costly
@router.get("/moderation-log/export", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def export_moderation_log(
    request: Request,
    _who: Anyone,
    format: Annotated[Literal["csv"], Query()],
) -> StreamingResponse:
    """Stream all decisions as open data, oldest first."""
    kit: Kit = request.app.state.kit
    headers = {"Content-Disposition": 'attachment; filename="moderation-log.csv"'}
    return StreamingResponse(kit.db.stream(reading.log_as_csv), media_type="text/csv", headers=headers)
