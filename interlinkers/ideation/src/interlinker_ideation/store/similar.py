"""The index of similar ideas: pieces of titles as rows, the same on both databases.

No full-text index of a database is used: SQLite's keeps deleted words in its segments, PostgreSQL's needs an extension that
hosts may refuse, and the two would give different answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, Table, bindparam, delete, func, insert, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_ideation.similar import words
from interlinker_ideation.store.tables import Base, IdeaRow, present
from interlinker_shared.assets import AssetRow, require_shown
from interlinker_shared.db import forgetting
from interlinker_shared.db.hot import Hot, HotWrite, each
from interlinker_shared.db.jobs import connection_of

MOST_CANDIDATES = 60
MOST_COUNTED = 1000
"""A piece that so many titles have tells nothing; it is not counted any further."""


class IdeaPieceRow(Base):
    """One piece of three letters of the folded title of an idea that people can read; it goes when the idea does."""

    __tablename__ = "idea_pieces"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own way to say it

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey(AssetRow.id), primary_key=True)
    piece: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)


_pieces = cast("Table", IdeaPieceRow.__table__)
_ADD = HotWrite(insert(_pieces))

_asked = each("pieces", String)
_here = IdeaPieceRow.campaign_id == bindparam("campaign")
_some = (
    select(literal(1).label("one"))
    .where(_here, IdeaPieceRow.piece == _asked)
    .limit(MOST_COUNTED)
    .correlate(_asked.scalar_alias)
)
_COUNTS = Hot(
    select(_asked.label("piece"), select(func.count()).select_from(_some.subquery()).scalar_subquery().label("times"))
)
_shared = func.count()
_CANDIDATES = Hot(
    select(IdeaPieceRow.number, _shared.label("shared"))
    .where(_here, IdeaPieceRow.piece.in_(select(each("pieces", String))))
    .group_by(IdeaPieceRow.number)
    .order_by(_shared.desc(), IdeaPieceRow.number.desc())
    .limit(MOST_CANDIDATES)
)
_TITLES = Hot(
    select(IdeaRow.id, IdeaRow.number, IdeaRow.title, IdeaRow.language)
    .where(IdeaRow.campaign_id == bindparam("campaign"), present, IdeaRow.number.in_(select(each("numbers", Integer))))
    .order_by(IdeaRow.number)
)


def index_title(session: Session, idea: IdeaRow) -> None:
    """Let people find an idea by its title."""
    found = words.pieces(words.fold(idea.title))
    rows = [{"campaign_id": idea.campaign_id, "piece": piece, "number": idea.number} for piece in found]
    _ADD.many(connection_of(session), rows)


def forget_title(session: Session, idea: IdeaRow) -> None:
    """Leave nothing of a title in the index, nor where the database kept it. Call it before the title is changed."""
    found = words.pieces(words.fold(idea.title))
    of = (_pieces.c.campaign_id == idea.campaign_id) & _pieces.c.piece.in_(found)
    with forgetting(session):
        connection_of(session).execute(delete(_pieces).where(of & (_pieces.c.number == idea.number)))


def candidates(session: Session, campaign_id: UUID, asked: str) -> Sequence[Any]:
    """Up to 60 ideas (id, number, title, language) that share the most rare pieces with a folded title."""
    require_shown(session, campaign_id)
    sought = words.pieces(asked, unfinished=True)
    if not sought:
        return []
    counts = {row.piece: row.times for row in _COUNTS.all(session, campaign=campaign_id, pieces=sought) if row.times}
    chosen = words.rarest(counts)
    found = _CANDIDATES.all(session, campaign=campaign_id, pieces=chosen) if chosen else []
    return _TITLES.all(session, campaign=campaign_id, numbers=[row.number for row in found]) if found else []
