"""Column types, and the declarative base of the tables that shared brings to every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class SharedBase(DeclarativeBase):
    """Base of shared's own tables; a service has a base of its own, so two services fit into one process."""


def without_zone(value: datetime) -> datetime:
    """The moment in UTC, as SQLite stores it; ValueError for a naive one."""
    if value.tzinfo is None:
        message = "a datetime without a zone cannot be stored"
        raise ValueError(message)
    return value.astimezone(UTC).replace(tzinfo=None)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite hands back naive ones, this puts the zone on again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive value; hand the driver UTC."""
        if value is None:
            return None
        utc = without_zone(value)
        return utc if dialect.name == "sqlite" else utc.replace(tzinfo=UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Put the zone on again."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class JsonText(JSON):
    """A JSON document."""


BigId = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database counts up. SQLite counts only columns that are plainly INTEGER, which has 64 bits there."""


def partial(condition: str) -> dict[str, Any]:
    """Options of an index that holds only rows which satisfy `condition`, on either database: see `db.postgres.indexes`."""
    return {"sqlite_where": text(condition)}
