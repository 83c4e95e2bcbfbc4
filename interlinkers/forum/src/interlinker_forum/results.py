"""What a board came to, and everything on it as open data and as a person's own data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from interlinker_forum import store
from interlinker_forum.domain import Outcome, outcome_of, summary
from interlinker_shared.assets import Asset, Item, ResultBody
from interlinker_shared.assets.withholding import WITHHELD
from interlinker_shared.tabular import csv_line

COLUMNS = ("kind", "topic", "id", "reply_to", "author", "channel", "language", "state", "at", "title", "text")

RESULT_SCHEMA = {
    "properties": {
        "items": {
            "items": {
                "properties": {
                    "posts": {"type": "integer"},
                    "participants": {"type": "integer"},
                    "outcome": {"enum": [one.value for one in Outcome]},
                    "decision": {"type": "string"},
                    "decision_text": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["posts", "participants", "outcome"],
            }
        },
        "counts": {
            "type": "object",
            "properties": {name: {"type": "integer"} for name in ("topics", "posts", "participants")},
            "required": ["topics", "posts", "participants"],
        },
    }
}


def build_result(session: Session, board: Asset) -> ResultBody:
    """The topics whose opening stands, each with what it came to; the counts are of everything ever said."""
    row = store.board(session, board.id)
    items = [_item(topic) for topic in store.standing_topics(session, board.id)]
    return ResultBody(items=items, counts={"topics": row.topics, "posts": row.posts, "participants": row.participants})


def aggregate(item: Item) -> Item:
    """How much was said in a topic: not what."""
    told = item.model_dump(include={"id", "posts", "participants", "outcome", "reason"})
    return Item.model_validate(told | {"title": WITHHELD})


def write_csv(session: Session, board: Asset) -> Iterator[bytes]:
    """Yield topics, then posts, one line each."""
    yield csv_line(COLUMNS)
    for record in _records(session, board):
        yield csv_line(record[name] for name in COLUMNS)


def write_jsonl(session: Session, board: Asset) -> Iterator[bytes]:
    """Yield topics, then posts, one JSON object each."""
    for record in _records(session, board):
        yield json.dumps(record, ensure_ascii=False).encode() + b"\n"


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """Everything a person wrote here, as she wrote it."""
    topics, posts = store.topics_of(session, subject), store.posts_of(session, subject)
    former = store.revisions_by(session, [row.id for row in (*topics, *posts)])
    return {
        "revisions": [_plain(row, "item_id", "number", "title", "text", "until") for row in former],
        **{name: [_plain(row) for row in rows] for name, rows in store.kept_for(session, subject).items()},
        "topics": [{"board": str(row.board_id)} | _topic_record(row) for row in topics],
        "posts": [{"board": str(row.board_id)} | _post_record(row) for row in posts],
    }


def _item(topic: Any) -> Item:
    fields: dict[str, Any] = {
        "id": str(topic.id),
        "title": topic.title,
        "text": topic.text or None,
        "language": topic.language,
        "source": topic.source,
        "posts": topic.posts,
        "participants": topic.participants,
        "outcome": outcome_of(
            topic.posts, decided=topic.decided_at is not None, answered=bool(topic.accepted or topic.official)
        ),
        **({"decision": topic.decision, "decision_text": topic.decision_text} if topic.decided_at else {}),
        **({"tags": topic.tags} if topic.tags else {}),
        "reason": summary(topic.posts, topic.participants),
    }
    return Item.model_validate(fields)


def _records(session: Session, board: Asset) -> Iterator[dict[str, Any]]:
    for topic in store.every_topic(session, board.id):
        yield _topic_record(topic)
    for post in store.every_post(session, board.id):
        yield _post_record(post)


def _topic_record(row: Any) -> dict[str, Any]:
    own = {"kind": "topic", "topic": str(row.id), "id": str(row.id), "reply_to": None, "title": row.title}
    return own | _said(row) | {"state": row.opening, "at": row.opened_at.isoformat()}


def _post_record(row: Any) -> dict[str, Any]:
    reply_to = str(row.reply_to) if row.reply_to else None
    own = {"kind": "post", "topic": str(row.topic_id), "id": str(row.id), "reply_to": reply_to, "title": None}
    return own | _said(row) | {"state": row.state, "at": row.created_at.isoformat()}


def _said(row: Any) -> dict[str, Any]:
    return {"author": row.author, "channel": row.channel, "language": row.language, "text": row.text}


def _plain(row: Any, *names: str) -> dict[str, Any]:
    """A row as JSON: ids and times as texts."""
    held = dict(row._mapping)  # noqa: SLF001 - that is its public name in SQLAlchemy
    kept = {name: held[name] for name in (names or held)}
    return {name: value if isinstance(value, bool | int | str | None) else str(value) for name, value in kept.items()}
