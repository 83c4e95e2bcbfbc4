"""Searching a board: candidates from the index, ranked the same on either database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_forum import store
from interlinker_forum.models import Found
from interlinker_forum.words import Question
from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.errors import InvalidError
from interlinker_shared.http.paging import PageOf, bad_cursor


class Kind(StrEnum):
    """What is searched."""

    ALL = "all"
    TOPIC = "topic"
    POST = "post"


@dataclass(frozen=True)
class Asked:
    """What is searched for, and where."""

    q: str
    kind: Kind = Kind.ALL
    language: str | None = None
    author: str | None = None
    since: datetime | None = None


def search(session: Session, board_id: UUID, asked: Asked, page: PageOf) -> list[Found]:
    """Up to `limit + 1` texts of a board that have all the words, the best first; InvalidError where there is no word."""
    assets.require_shown(session, board_id)
    question = Question.of(asked.q)
    if not question.words:
        raise InvalidError("Name a word to search for.", slug="no-words", pointer="/query/q")
    best = _ranked(session, board_id, asked, question)
    if page.cursor is not None:
        last = _last(page.cursor)
        best = [one for one in best if _key(one) > last]
    return [_found(row, score, question) for score, row in best[: page.limit + 1]]


def board_and_found(session: Session, board_id: UUID, q: str, page: PageOf) -> tuple[Asset, list[Found]]:
    """The board, and what is found on it; nothing where there is no word."""
    board = assets.require(session, board_id)
    return board, search(session, board_id, Asked(q), page) if Question.of(q).words else []


def place_of(found: Found) -> list[Any]:
    """The cursor behind it."""
    return [found.score, str(found.post or found.topic)]


def _ranked(session: Session, board_id: UUID, asked: Asked, question: Question) -> list[tuple[float, Any]]:
    wanted = [f"_b{board_id.hex}"]
    wanted += [f"_k{asked.kind}"] if asked.kind is not Kind.ALL else []
    wanted += [f"_l{asked.language.lower()}"] if asked.language else []
    wanted += [f"_a{asked.author}"] if asked.author else []
    rows = store.candidates(session, (*question.words, *wanted), asked.since)
    posts = [row.item for row in rows if row.kind == "post"]
    topics = [row.item for row in rows if row.kind == "topic"]
    fitting = [
        (score, row)
        for row in store.texts_of(session, posts, topics)
        if (score := question.score("" if row.id != row.topic else row.title, row.text)) is not None
    ]
    return sorted(fitting, key=_key)


def _key(one: tuple[float, Any]) -> tuple[float, int]:
    """The best first, of equals the newest."""
    return -one[0], -one[1].id.int


def _last(cursor: list[Any]) -> tuple[float, int]:
    try:
        return -float(cursor[0]), -UUID(cursor[1]).int
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None


def _found(row: Any, score: float, question: Question) -> Found:
    return Found(
        topic=row.topic,
        post=row.id if row.id != row.topic else None,
        title=row.title,
        snippet=question.snippet(row.text),
        language=row.language,
        author=row.author,
        at=row.at,
        score=score,
    )
