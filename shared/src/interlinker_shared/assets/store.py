"""Tables and queries of assets, results and imports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, and_, bindparam, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.assets.models import Asset, Context, Result, State
from interlinker_shared.db.hot import Hot
from interlinker_shared.db.types import JsonText, SharedBase, UtcDateTime, partial
from interlinker_shared.db.versions import ASSETS, concerns
from interlinker_shared.http.paging import PageOf, bad_cursor
from interlinker_shared.locks import admits, only_admitted


class AssetRow(SharedBase):
    """One asset; a deleted one stays as a tombstone."""

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_listed", "created_at", "id", **partial("deleted_at IS NULL")),
        Index("ix_assets_opening", "opens_at", **partial("state = 'draft' AND deleted_at IS NULL")),
        Index("ix_assets_closing", "closes_at", **partial("state = 'open' AND deleted_at IS NULL")),
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
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


_table = AssetRow.__table__
_assets = select(_table)
_state = Hot(select(AssetRow.state).where(AssetRow.id == bindparam("asset"), AssetRow.deleted_at.is_(None)))
_live = Hot(_assets.where(AssetRow.id == bindparam("asset"), AssetRow.deleted_at.is_(None)))


def state_of(session: Session, asset_id: UUID) -> State | None:
    """The state of an asset that `find` would find."""
    concerns(session, str(asset_id))
    row = _state.first(session, asset=asset_id) if admits(session, asset_id) else None
    return State(row.state) if row is not None else None


def find(session: Session, asset_id: UUID) -> Asset | None:
    """The asset, unless it is deleted, never was, or is not the one that the caller is locked to."""
    concerns(session, str(asset_id))
    found: Asset | None = _live.kept(session, as_asset, asset=asset_id) if admits(session, asset_id) else None
    return found


def add(session: Session, values: dict[str, Any]) -> None:
    """Insert an asset."""
    session.execute(insert(AssetRow).values(**values))


def change(session: Session, asset: Asset, values: dict[str, Any]) -> None:
    """Write `values` and count the version up."""
    concerns(session, str(asset.id))
    concerns(session, ASSETS)
    session.execute(update(AssetRow).where(AssetRow.id == asset.id).values(**values, version=asset.version + 1))


def page(session: Session, of: PageOf, *, drafts: bool) -> list[Asset]:
    """Up to `limit + 1` assets, newest first."""
    concerns(session, ASSETS)
    shown = and_(AssetRow.deleted_at.is_(None), only_admitted(session, AssetRow.id))
    query = _assets.where(shown).order_by(AssetRow.created_at.desc(), AssetRow.id.desc())
    if not drafts:
        query = query.where(AssetRow.state != State.DRAFT)
    if of.cursor is not None:
        created_at, last_id = _keys(of.cursor)
        older = and_(AssetRow.created_at == created_at, AssetRow.id < last_id)
        query = query.where(or_(AssetRow.created_at < created_at, older))
    return [as_asset(row) for row in session.execute(query.limit(of.limit + 1))]


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
        version=row.version,
        created_at=row.created_at,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def _keys(cursor: list[Any]) -> tuple[datetime, UUID]:
    try:
        return datetime.fromisoformat(cursor[0]).astimezone(UTC), UUID(cursor[1])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None
