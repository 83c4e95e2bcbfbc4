"""Replies as a tree, tags, shelves, answers, outcomes, history, reactions, drafts and reading positions."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime, partial

revision = "forum_0003"
down_revision = "forum_0002"

DEEPEST = 15  # levels of answers below an answer; deeper ones stand side by side


def upgrade() -> None:
    """Add columns and tables; posts that there are stand under the one they answer."""
    _topics()
    _posts()
    _links()
    _of_people()


def _topics() -> None:
    _add(
        "topics",
        sa.Column("shelf", sa.String, nullable=False, server_default="current"),
        sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("question", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("tags", JsonText, nullable=False, server_default="[]"),
        sa.Column("url", sa.String),
        sa.Column("merged_into", sa.Uuid),
        sa.Column("accepted", sa.Uuid),
        sa.Column("official", sa.Uuid),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decision", sa.String),
        sa.Column("decision_text", sa.String),
        sa.Column("decision_html", sa.String),
        sa.Column("reactions", JsonText, nullable=False, server_default="{}"),
        sa.Column("edited_at", UtcDateTime),
    )
    op.drop_index("ix_topics_activity", "topics")
    op.create_index("ix_topics_order", "topics", ["board_id", "shelf", "pinned", "active_at", "id"])
    op.create_index("ix_topics_url", "topics", ["board_id", "url"], unique=True, **partial("url IS NOT NULL"))


def _posts() -> None:
    _add(
        "posts",
        sa.Column("path", sa.String, nullable=False, server_default=""),
        sa.Column("depth", sa.Integer, nullable=False, server_default="0"),
        sa.Column("quotes", JsonText, nullable=False, server_default="[]"),
        sa.Column("mentions", JsonText, nullable=False, server_default="[]"),
        sa.Column("office", sa.String),
        sa.Column("reactions", JsonText, nullable=False, server_default="{}"),
        sa.Column("edited_at", UtcDateTime),
        sa.Column("came_from", sa.Uuid),
    )
    _plant()
    op.create_index("ix_posts_tree", "posts", ["topic_id", "path", "id"])


def _plant() -> None:
    """Give each post its path, those that are answered first."""
    posts = sa.table(
        "posts", sa.column("id", sa.Uuid), sa.column("reply_to", sa.Uuid), sa.column("path"), sa.column("depth")
    )
    bind = op.get_bind()
    paths: dict[object, tuple[str, int]] = {}
    for post in bind.execute(sa.select(posts.c.id, posts.c.reply_to).order_by(posts.c.id)).all():
        above, depth = paths.get(post.reply_to, ("", -1))
        digits = post.id.hex
        path = above if depth >= DEEPEST else above + digits[:12] + digits[13:24]
        paths[post.id] = (path, min(depth + 1, DEEPEST))
    for key, (path, depth) in paths.items():
        bind.execute(sa.update(posts).where(posts.c.id == key).values(path=path, depth=depth))


def _links() -> None:
    op.create_table(
        "topic_tags",
        sa.Column("board_id", sa.Uuid, primary_key=True),
        sa.Column("tag", sa.String, primary_key=True),
        sa.Column("topic_id", sa.Uuid, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quotes",
        sa.Column("origin_id", sa.Uuid, primary_key=True),
        sa.Column("post_id", sa.Uuid, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quotes_post", "quotes", ["post_id"])
    op.create_table(
        "mentions",
        sa.Column("author", sa.String, primary_key=True),
        sa.Column("post_id", sa.Uuid, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mentions_post", "mentions", ["post_id"])
    op.create_table(
        "revisions",
        sa.Column("item_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("title", sa.String),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("changes", sa.String, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )


def _of_people() -> None:
    op.create_table(
        "reactions",
        sa.Column("item_id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reactions_subject", "reactions", ["subject"])
    op.create_table(
        "drafts",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("place", sa.Uuid, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_drafts_place", "drafts", ["place"])
    op.create_table(
        "readings",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("topic_id", sa.Uuid, primary_key=True),
        sa.Column("read_to", sa.Uuid),
        sa.Column("following", sa.Boolean, nullable=False),
    )
    op.create_index("ix_readings_topic", "readings", ["topic_id"])


def _add(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)
