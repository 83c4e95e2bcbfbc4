"""The search index: SQLite's FTS5, or an array with GIN on PostgreSQL, of the same words; so both find the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, text
from sqlalchemy.orm import Session

from interlinker_forum.domain import PostState, Shelf
from interlinker_forum.store.tables import PostRow, SearchRow, TopicRow
from interlinker_forum.words import facets, indexed
from interlinker_shared.db import defer, wiping
from interlinker_shared.db.jobs import connection_of

MOST_CANDIDATES = 300  # the newest texts that have all words: these are ranked

_nothing = literal("")
_openings = select(
    TopicRow.id,
    TopicRow.board_id,
    literal("topic").label("kind"),
    TopicRow.title,
    TopicRow.text,
    TopicRow.language,
    TopicRow.author,
    TopicRow.opened_at.label("at"),
).where(TopicRow.opening == PostState.PUBLISHED, TopicRow.shelf != Shelf.MERGED)
_posts = (
    select(
        PostRow.id,
        TopicRow.board_id,
        literal("post").label("kind"),
        _nothing.label("title"),
        PostRow.text,
        PostRow.language,
        PostRow.author,
        PostRow.created_at.label("at"),
    )
    .join(TopicRow, TopicRow.id == PostRow.topic_id)
    .where(PostRow.state == PostState.PUBLISHED)
)


def index(session: Session, *items: UUID) -> None:
    """Before the commit, let these posts and openings be found by what they say then, or no more."""
    for item in items:
        defer(session, _write, item)


def unindex(session: Session, items: Iterable[UUID]) -> None:
    """Let them be found no more, at once, and before the commit leave none of their words in the index."""
    connection = connection_of(session)
    if _drop(connection, list(items)) and connection.dialect.name == "sqlite":
        defer(session, _write_anew, None)


def index_all(session: Session) -> None:
    """Index everything that there is, topics first, a thousand at a time."""
    connection = session.connection()
    for column in (TopicRow.id, PostRow.id):
        last = UUID(int=0)
        while some := session.scalars(select(column).where(column > last).order_by(column).limit(1000)).all():
            _write(connection, some)
            last = some[-1]


def candidates(session: Session, words: Sequence[str], since: datetime | None) -> Sequence[Any]:
    """The newest texts that have all of these words and facets: `item` and `kind` of each."""
    query = select(SearchRow.item, SearchRow.kind).where(_has_all(session, words))
    if since is not None:
        query = query.where(SearchRow.at >= since)
    return session.execute(query.order_by(SearchRow.id.desc()).limit(MOST_CANDIDATES)).all()


def texts_of(session: Session, posts: Sequence[UUID], topics: Sequence[UUID]) -> Sequence[Any]:
    """`id`, `topic`, `title`, `text`, `language`, `author` and `at` of some posts and openings."""
    said = select(
        PostRow.id, PostRow.topic_id.label("topic"), TopicRow.title.label("title"), PostRow.text, PostRow.language,
        PostRow.author, PostRow.created_at.label("at"),
    ).join(TopicRow, TopicRow.id == PostRow.topic_id).where(PostRow.id.in_(posts))  # fmt: skip
    opened = select(
        TopicRow.id, TopicRow.id.label("topic"), TopicRow.title, TopicRow.text, TopicRow.language,
        TopicRow.author, TopicRow.opened_at.label("at"),
    ).where(TopicRow.id.in_(topics))  # fmt: skip
    return [*session.execute(said), *session.execute(opened)]


def _has_all(session: Session, words: Sequence[str]) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import array  # noqa: PLC0415 - most run on SQLite

        return SearchRow.words.op("@>")(array(list(words)))
    asked = " AND ".join(f'"{word}"' for word in words)
    found = text("SELECT rowid FROM search_words WHERE search_words MATCH :asked").bindparams(asked=asked)
    return SearchRow.id.in_(found)


def _write_anew(connection: Connection, _wanted: Sequence[None]) -> None:
    """FTS5 notes that a text is gone and keeps its words until it merges what it has: this merges all of it."""
    with wiping(connection):
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('optimize')")


def _write(connection: Connection, items: Sequence[UUID]) -> None:
    wanted = list(dict.fromkeys(items))
    _drop(connection, wanted)
    rows = [
        *connection.execute(_openings.where(TopicRow.id.in_(wanted))),
        *connection.execute(_posts.where(PostRow.id.in_(wanted))),
    ]
    rows.sort(key=lambda row: wanted.index(row.id))
    first = connection.execute(select(func.coalesce(func.max(SearchRow.id), 0))).scalar_one() + 1
    entries = [_entry(number, row) for number, row in enumerate(rows, first)]
    if entries:
        _insert(connection, entries)


def _entry(number: int, row: Any) -> dict[str, Any]:
    also = facets(board=row.board_id.hex, kind=row.kind, language=row.language, author=row.author)
    return {"id": number, "item": row.id, "kind": row.kind, "at": row.at, "words": indexed(row.title, row.text, also)}


def _insert(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(insert(SearchRow), list(entries))
        return
    connection.execute(insert(SearchRow), [entry | {"words": None} for entry in entries])
    said = [(entry["id"], " ".join(entry["words"])) for entry in entries]
    connection.exec_driver_sql("INSERT INTO search_words (rowid, words) VALUES (?, ?)", said)


def _drop(connection: Connection, items: Sequence[UUID]) -> bool:
    """Whether there was any of them."""
    gone = list(connection.scalars(delete(SearchRow).where(SearchRow.item.in_(items)).returning(SearchRow.id)))
    if gone and connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM search_words WHERE rowid = ?", [(number,) for number in gone])
    return bool(gone)
