"""The table of API keys and its queries. Of a key itself only the SHA-256 is kept: 256 random bits need no slower hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.auth import REVOKED, Role
from interlinker_shared.db import SharedBase, UtcDateTime, signal
from interlinker_shared.db.hot import Hot
from interlinker_shared.http.paging import PageOf, id_of
from interlinker_shared.keys.models import ApiKey


class ApiKeyRow(SharedBase):
    """One key."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    asset: Mapped[UUID | None]
    read_only: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


_of_hash = Hot(
    select(ApiKeyRow.id, ApiKeyRow.role, ApiKeyRow.asset, ApiKeyRow.read_only, ApiKeyRow.expires_at).where(
        ApiKeyRow.hash == bindparam("hash")
    )
)


def find_by_hash(session: Session, digest: str) -> Any | None:
    """The row of the key with this SHA-256 in hexadecimal: what it may do, and until when."""
    return _of_hash.first(session, hash=digest)


def page(session: Session, of: PageOf) -> list[ApiKey]:
    """Up to `limit + 1` keys, oldest first."""
    query = select(ApiKeyRow).order_by(ApiKeyRow.id)
    if of.cursor is not None:
        query = query.where(ApiKeyRow.id > id_of(of.cursor))
    return [as_key(row) for row in session.scalars(query.limit(of.limit + 1))]


def count(session: Session) -> int:
    """How many keys there are."""
    return session.execute(select(func.count()).select_from(ApiKeyRow)).scalar_one()


def add(session: Session, values: dict[str, Any]) -> None:
    """Insert a key."""
    session.execute(insert(ApiKeyRow).values(**values))


def remove(session: Session, key_id: UUID) -> bool:
    """Delete a key, and have every replica forget it; False where there is none."""
    signal(session, REVOKED)
    return session.execute(delete(ApiKeyRow).where(ApiKeyRow.id == key_id).returning(ApiKeyRow.id)).first() is not None


def note_uses(session: Session, uses: Mapping[UUID, datetime]) -> None:
    """Write when keys were last used, unless another replica knows of a later use."""
    for key_id, at in sorted(
        uses.items()
    ):  # in one order: replicas that write at once do not wait for each other in a ring
        earlier = or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < at)
        session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key_id, earlier).values(last_used_at=at))


def made_by(session: Session, subject: str) -> list[dict[str, Any]]:
    """The keys that a person has made, for her to take away."""
    rows = session.scalars(select(ApiKeyRow).where(ApiKeyRow.created_by == subject).order_by(ApiKeyRow.id))
    return [as_key(row).model_dump(mode="json") for row in rows]


def forget_maker(session: Session, subject: str) -> None:
    """Let nothing say any more that a person made these keys. They go on: programs of the operator's depend on them."""
    session.execute(update(ApiKeyRow).where(ApiKeyRow.created_by == subject).values(created_by=None))


def as_key(row: ApiKeyRow) -> ApiKey:
    """The wire model of a row."""
    return ApiKey(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        asset=row.asset,
        read_only=row.read_only,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
