"""Tables and queries of assets, results and imports."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Index,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.assets.models import Asset, Context, Result, State, Visibility
from interlinker_shared.auth import Principal
from interlinker_shared.db.hot import Hot
from interlinker_shared.db.jobs import connection_of
from interlinker_shared.db.order import wipe_some, wiping
from interlinker_shared.db.types import JsonText, SharedBase, UtcDateTime, partial
from interlinker_shared.db.upsert import upsert
from interlinker_shared.db.versions import ASSETS, concerns
from interlinker_shared.gate import admits, enter, only_admitted
from interlinker_shared.grants.domain import BLOCK, Depth, depth_of, depth_order, path_of
from interlinker_shared.http.paging import PageOf, bad_cursor
from interlinker_shared.roles import Role

_UNDATED = "state = 'closed' AND retain_until IS NULL AND purged_at IS NULL AND deleted_at IS NULL"


class AssetRow(SharedBase):
    """One asset; a deleted one stays as a tombstone."""

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_listed", "created_at", "id", **partial("deleted_at IS NULL")),
        Index("ix_assets_opening", "opens_at", **partial("state = 'draft' AND deleted_at IS NULL")),
        Index("ix_assets_closing", "closes_at", **partial("state = 'open' AND deleted_at IS NULL")),
        Index("ix_assets_undated", "closed_at", **partial(_UNDATED)),
        Index("ix_assets_retained", "retain_until", **partial("purged_at IS NULL AND retain_until IS NOT NULL")),
        Index("ix_assets_deleted", "deleted_at", **partial("purged_at IS NULL AND deleted_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JsonText)
    language: Mapped[str]
    state: Mapped[str]
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    process: Mapped[str | None]
    task: Mapped[str | None]
    visibility: Mapped[str]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retain_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    retain_result: Mapped[bool] = mapped_column(default=False)
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ResultRow(SharedBase):
    """The final result of an asset, as the bytes that are served."""

    __tablename__ = "results"

    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str]
    document: Mapped[str]


class ImportRow(SharedBase):
    """One item that was handed over, and the id it has here."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_source", "source_asset", "source_item"),)

    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    handover: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]
    source_interlinker: Mapped[str | None]
    source_asset: Mapped[str | None]
    source_item: Mapped[str | None]


class WithdrawnRow(SharedBase):
    """An item of another asset that is gone: a call that was under way meanwhile may still bring its words."""

    __tablename__ = "withdrawn_elsewhere"
    __table_args__ = (Index("ix_withdrawn_elsewhere_at", "withdrawn_at"),)

    interlinker: Mapped[str] = mapped_column(primary_key=True)
    asset: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


REMEMBERED = timedelta(days=90)
"""How long that is remembered: as long as the stream may repeat it, and longer than a call is under way."""
MOST_RESULTS = 1000  # versions of one asset: more than there are
_results = cast("Table", ResultRow.__table__)
_imports = cast("Table", ImportRow.__table__)
_table = AssetRow.__table__
_assets = select(_table)
_whose = cast("Select[Any]", select(AssetRow.id, AssetRow.state, AssetRow.visibility, AssetRow.process, AssetRow.task))
_shown = Hot(_whose.where(AssetRow.id == bindparam("asset"), AssetRow.deleted_at.is_(None)))
_live = Hot(_assets.where(AssetRow.id == bindparam("asset"), AssetRow.deleted_at.is_(None)))


def pass_by(session: Session, asset_id: UUID) -> bool:
    """Whether `find` would find the asset: for those who need nothing of it."""
    concerns(session, str(asset_id))
    row = _shown.first(session, asset=asset_id) if admits(session, asset_id) else None
    if row is not None:
        enter(session, path_of(process=row.process, task=row.task, asset=row.id), known_to=_known_to(row))
    return row is not None


def find(session: Session, asset_id: UUID) -> Asset | None:
    """The asset, unless it is deleted or never was. Raises NotFoundError for a caller who may not know of it."""
    concerns(session, str(asset_id))
    asset: Asset | None = _live.kept(session, as_asset, asset=asset_id) if admits(session, asset_id) else None
    if asset is not None:
        enter(session, asset.path, known_to=_known_to(asset))
    return asset


def path_to(session: Session, asset_id: UUID) -> tuple[str, ...] | None:
    """The scopes of an asset, also for those who may not know of it: whoever asks tells them no more than that of none."""
    row = _shown.first(session, asset=asset_id)
    return None if row is None else path_of(process=row.process, task=row.task, asset=row.id)


def _known_to(asset: Any) -> Role:
    """The role that it takes to know of an asset."""
    if asset.state == State.DRAFT:
        return Role.MODERATOR
    return Role.OBSERVER if asset.visibility == Visibility.RESTRICTED else Role.PUBLIC


def add(session: Session, values: dict[str, Any]) -> None:
    """Insert an asset."""
    session.execute(insert(AssetRow).values(**values))


def change(session: Session, asset: Asset, values: dict[str, Any]) -> None:
    """Write `values` and count the version up."""
    concerns(session, str(asset.id))
    concerns(session, ASSETS)
    session.execute(update(AssetRow).where(AssetRow.id == asset.id).values(**values, version=asset.version + 1))


def page(session: Session, of: PageOf, who: Principal) -> list[Asset]:
    """Up to `limit + 1` assets that `who` may know of, newest first."""
    concerns(session, ASSETS)
    shown = and_(AssetRow.deleted_at.is_(None), only_admitted(session, AssetRow.id), _is_known_to(who))
    query = _assets.where(shown).order_by(AssetRow.created_at.desc(), AssetRow.id.desc())
    if of.cursor is not None:
        created_at, last_id = _keys(of.cursor)
        older = and_(AssetRow.created_at == created_at, AssetRow.id < last_id)
        query = query.where(or_(AssetRow.created_at < created_at, older))
    return [as_asset(row) for row in session.execute(query.limit(of.limit + 1))]


def _is_known_to(who: Principal) -> ColumnElement[bool]:
    """What `_known_to` says, as a condition on the rows."""
    rank = _rank_of(who)
    public = and_(AssetRow.visibility == Visibility.PUBLIC, AssetRow.state != State.DRAFT)
    return or_(public, and_(AssetRow.state != State.DRAFT, rank >= Role.OBSERVER.rank), rank >= Role.MODERATOR.rank)


def _rank_of(who: Principal) -> ColumnElement[int]:
    """The rank that somebody has on each row: what she holds in its innermost scope, as `effective_role` finds it."""
    held: dict[str, int] = {}
    for grant in who.capped_grants:
        held[grant.scope] = max(held.get(grant.scope, 0), grant.role.rank)
    inner = sorted(held.keys() - {BLOCK}, key=depth_order, reverse=True)
    if not inner:
        return literal(held[BLOCK])
    return case(*((_lies_in(scope), held[scope]) for scope in inner), else_=held[BLOCK])


def _lies_in(scope: str) -> ColumnElement[bool]:
    """The rows that lie in a process, in a task, or are an asset."""
    depth, name = depth_of(scope), scope.partition(":")[2]
    if depth is Depth.ASSET:
        return AssetRow.id == UUID(name)
    process, _, task = name.partition("/")
    return and_(AssetRow.process == process, AssetRow.task == task) if task else AssetRow.process == process


def made_by(session: Session, subject: str) -> list[dict[str, Any]]:
    """The assets that a person has made, as ids and titles."""
    rows = session.execute(select(AssetRow.id, AssetRow.title).where(AssetRow.created_by == subject))
    return [{"id": str(row.id), "title": row.title} for row in rows]


def forget_maker(session: Session, subject: str) -> None:
    """Let nothing say any more that a person made these assets."""
    session.execute(update(AssetRow).where(AssetRow.created_by == subject).values(created_by=None))


def undated(session: Session, limit: int = 100) -> list[UUID]:
    """Closed assets of which nothing says until when they are kept."""
    return list(session.scalars(select(AssetRow.id).where(text(_UNDATED)).limit(limit)))


def expired(session: Session, now: datetime, limit: int = 100) -> list[UUID]:
    """Assets whose time is over, and that are still there."""
    here = (AssetRow.deleted_at.is_(None), AssetRow.purged_at.is_(None))
    return list(session.scalars(select(AssetRow.id).where(AssetRow.retain_until <= now, *here).limit(limit)))


def to_purge(session: Session, now: datetime, deleted_before: datetime, limit: int = 100) -> list[UUID]:
    """Assets whose contributions must go: deleted ones after a while, and all whose own time is over."""
    over = AssetRow.retain_until <= now
    deleted = and_(AssetRow.deleted_at.is_not(None), or_(AssetRow.deleted_at <= deleted_before, over))
    emptied = and_(AssetRow.state == State.CLOSED, AssetRow.retain_result, over)
    query = select(AssetRow.id).where(AssetRow.purged_at.is_(None), or_(deleted, emptied))
    return list(session.scalars(query.limit(limit)))


def remains(session: Session, asset_id: UUID) -> Any | None:
    """The row of an asset or of its tombstone, as long as its contributions are not purged; for none that people ask for."""
    concerns(session, str(asset_id))
    query = _assets.where(AssetRow.id == asset_id, AssetRow.purged_at.is_(None))
    return session.execute(query).one_or_none()


def purge_imports(session: Session, asset_id: UUID, limit: int) -> int:
    """Forget up to so many of the items that were handed over; how many there were."""
    return len(wipe_some(session, _imports, _imports.c.asset_id == asset_id, limit))


def empty_out(session: Session, row: Any, values: dict[str, Any]) -> None:
    """Write what is left of an asset that was purged."""
    concerns(session, ASSETS)
    with wiping(connection_of(session)):
        session.execute(update(AssetRow).where(AssetRow.id == row.id).values(**values, version=row.version + 1))


def due(session: Session, now: datetime, limit: int = 100) -> list[Asset]:
    """Assets whose time to open or to close has come."""
    to_open = and_(AssetRow.state == State.DRAFT, AssetRow.opens_at <= now)
    to_close = and_(AssetRow.state == State.OPEN, AssetRow.closes_at <= now)
    query = _assets.where(AssetRow.deleted_at.is_(None), or_(to_open, to_close)).limit(limit)
    return [as_asset(row) for row in session.execute(query)]


def add_result(session: Session, result: Result) -> None:
    """Keep a final result."""
    document = result.model_dump_json(exclude_none=True)
    session.execute(
        insert(ResultRow).values(asset_id=result.asset, version=result.version, hash=result.hash, document=document)
    )


def replace_result(session: Session, result: Result) -> None:
    """Put a later version of a final result in the place of the one there is: what left it must not stay behind."""
    values = {"version": result.version, "hash": result.hash, "document": result.model_dump_json(exclude_none=True)}
    with wiping(connection_of(session)):
        session.execute(update(ResultRow).where(ResultRow.asset_id == result.asset).values(**values))


def forget_result(session: Session, asset_id: UUID) -> None:
    """Delete the final result for good."""
    wipe_some(session, _results, _results.c.asset_id == asset_id, MOST_RESULTS)


def final_result(session: Session, asset_id: UUID) -> str | None:
    """The final result as JSON, once there is one."""
    query = select(ResultRow.document).where(ResultRow.asset_id == asset_id).order_by(ResultRow.version.desc())
    return session.execute(query.limit(1)).scalar()


def imported(session: Session, asset_id: UUID, handover: str, source_ids: Sequence[str]) -> dict[str, str]:
    """Which of `source_ids` this handover has brought already, and their ids here."""
    query = select(ImportRow.source_id, ImportRow.item).where(
        ImportRow.asset_id == asset_id, ImportRow.handover == handover, ImportRow.source_id.in_(source_ids)
    )
    return {row.source_id: row.item for row in session.execute(query)}


def add_imports(session: Session, rows: list[dict[str, Any]]) -> None:
    """Remember handed-over items."""
    if rows:
        session.execute(insert(ImportRow), rows)


def imported_from(session: Session, interlinker: str, asset: str, item: str) -> list[tuple[UUID, str]]:
    """Where an item of another asset was imported to, as (asset, item here)."""
    query = select(ImportRow.asset_id, ImportRow.item).where(
        ImportRow.source_asset == asset, ImportRow.source_item == item, ImportRow.source_interlinker == interlinker
    )
    return [(row.asset_id, row.item) for row in session.execute(query)]


def remember_withdrawn(session: Session, interlinker: str, asset: str, item: str, at: datetime) -> None:
    """Remember that an item of another asset is gone."""
    gone = upsert(WithdrawnRow).values(interlinker=interlinker, asset=asset, item=item, withdrawn_at=at)
    session.execute(gone.on_conflict_do_nothing())


def withdrawn_elsewhere(session: Session, sources: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Which of these (interlinker, asset, item) are gone."""
    if not sources:
        return set()
    whose = (WithdrawnRow.interlinker, WithdrawnRow.asset)
    assets = sorted({(interlinker, asset) for interlinker, asset, _ in sources})
    found = session.execute(select(*whose, WithdrawnRow.item).where(tuple_(*whose).in_(assets)))
    return {(row.interlinker, row.asset, row.item) for row in found} & set(sources)


def forget_withdrawn(session: Session, now: datetime) -> None:
    """Forget what no call can bring any more."""
    session.execute(delete(WithdrawnRow).where(WithdrawnRow.withdrawn_at < now - REMEMBERED))


def as_asset(row: Any) -> Asset:
    """The wire model of a row."""
    return Asset.model_construct(
        id=row.id,
        title=row.title,
        config=json.loads(row.config) if isinstance(row.config, str) else row.config,
        language=row.language,
        state=State(row.state),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        context=Context.model_construct(process=row.process, task=row.task) if row.process else None,
        visibility=Visibility(row.visibility),
        version=row.version,
        created_at=row.created_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        retain_until=row.retain_until,
        retain_result=bool(row.retain_result),
        purged_at=row.purged_at,
    )


def _keys(cursor: list[Any]) -> tuple[datetime, UUID]:
    try:
        return datetime.fromisoformat(cursor[0]).astimezone(UTC), UUID(cursor[1])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None
