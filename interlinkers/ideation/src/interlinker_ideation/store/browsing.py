"""Ideas of a campaign by what people look for, in the order that they ask for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, cast, literal, select, tuple_
from sqlalchemy.orm import Session

from interlinker_ideation.statuses import Status
from interlinker_ideation.store.ideas import as_idea
from interlinker_ideation.store.tables import IdeaRow, present
from interlinker_ideation.wire import Idea
from interlinker_shared.http.paging import Cursor, PageOf, bad_cursor
from interlinker_shared.text import MAX_SAFE_INTEGER

PRIME = 1_000_003  # numbers below it are shuffled without meeting each other too often


class Order(StrEnum):
    """In which order people read ideas."""

    RANDOM = "random"
    NEWEST = "newest"
    SUPPORT = "support"


@dataclass(frozen=True)
class Sought:
    """What somebody looks for; `seed` decides the random order."""

    order: Order = Order.NEWEST
    seed: int = 1
    category: str | None = None
    district: str | None = None
    status: Status | None = None


def browse(session: Session, campaign: UUID, sought: Sought, page: PageOf) -> list[Idea]:
    """Up to one more idea than the page takes."""
    keys = _keys(sought)
    query = select(IdeaRow).where(IdeaRow.campaign_id == campaign, present, *_filters(sought)).limit(page.limit + 1)
    if page.cursor is not None:
        query = query.where(tuple_(*keys) < _numbers(page.cursor, len(keys)))
    return [as_idea(row) for row in session.scalars(query.order_by(*(key.desc() for key in keys)))]


def place_of(idea: Idea, sought: Sought) -> Cursor:
    """What the place of an idea in that order depends on."""
    if sought.order is Order.NEWEST:
        return [idea.number]
    return [shuffled(idea.number, sought.seed) if sought.order is Order.RANDOM else idea.support, idea.number]


def shuffled(number: Any, seed: int) -> Any:
    """Where a number comes in the random order of a seed: of a number, or of a column."""
    first = (number * (seed * 7919 + 1)) % PRIME
    return (first * first + number * seed) % PRIME


def ideas_in_order(session: Session, campaign: UUID, ids: Sequence[UUID]) -> list[Idea]:
    """These ideas, as far as they are there, in this order."""
    found = session.scalars(select(IdeaRow).where(IdeaRow.campaign_id == campaign, present, IdeaRow.id.in_(ids)))
    by_id = {row.id: as_idea(row) for row in found}
    return [by_id[one] for one in ids if one in by_id]


def _keys(sought: Sought) -> tuple[Any, ...]:
    if sought.order is Order.NEWEST:
        return (IdeaRow.number,)
    if sought.order is Order.SUPPORT:
        return (IdeaRow.support, IdeaRow.number)
    return (shuffled(cast(IdeaRow.number, BigInteger), sought.seed), IdeaRow.number)


def _filters(sought: Sought) -> list[Any]:
    wanted = {IdeaRow.category: sought.category, IdeaRow.district: sought.district, IdeaRow.status: sought.status}
    return [column == value for column, value in wanted.items() if value is not None]


def _numbers(cursor: Cursor, length: int) -> Any:
    if len(cursor) != length or not all(isinstance(key, int) and abs(key) <= MAX_SAFE_INTEGER for key in cursor):
        raise bad_cursor()
    return tuple_(*(literal(key, BigInteger) for key in cursor))
