"""Boards, topics and posts."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime, partial

revision = "forum_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "boards",
        sa.Column("id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("naming_key", sa.LargeBinary, nullable=False),
        sa.Column("topics", sa.Integer, nullable=False),
        sa.Column("posts", sa.Integer, nullable=False),
        sa.Column("participants", sa.Integer, nullable=False),
    )
    _topics()
    _posts()
    op.create_table(
        "participants",
        sa.Column("scope", sa.Uuid, primary_key=True),
        sa.Column("author", sa.String, primary_key=True),
        sqlite_with_rowid=False,
    )


def _topics() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("board_id", sa.Uuid, sa.ForeignKey("boards.id"), nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("html", sa.String, nullable=False),
        *_contribution(),
        sa.Column("opening", sa.String, nullable=False),
        sa.Column("source", JsonText),
        sa.Column("posts", sa.Integer, nullable=False),
        sa.Column("participants", sa.Integer, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("active_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
    )
    op.create_index("ix_topics_activity", "topics", ["board_id", "active_at", "id"])
    op.create_index("ix_topics_subject", "topics", ["subject"], **partial("subject IS NOT NULL"))


def _posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("topic_id", sa.Uuid, sa.ForeignKey("topics.id"), nullable=False),
        sa.Column("reply_to", sa.Uuid, sa.ForeignKey("posts.id")),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("html", sa.String, nullable=False),
        *_contribution(),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_posts_topic", "posts", ["topic_id", "id"])
    op.create_index("ix_posts_subject", "posts", ["subject"], **partial("subject IS NOT NULL"))


def _contribution() -> list[sa.Column[str]]:
    return [
        sa.Column("language", sa.String, nullable=False),
        sa.Column("author", sa.String),
        sa.Column("subject", sa.String),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
    ]
