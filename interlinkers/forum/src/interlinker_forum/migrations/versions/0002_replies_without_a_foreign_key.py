"""Posts name the post that they reply to without a foreign key: it would cost a look through all of them for each one that goes."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import UtcDateTime, partial

revision = "forum_0002"
down_revision = "forum_0001"

COLUMNS = "id, topic_id, reply_to, text, html, language, author, subject, channel, state, reason, created_at"


def upgrade() -> None:
    """Drop it; SQLite can only write the table anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("posts_reply_to_fkey", "posts", type_="foreignkey")
        return
    for index in ("ix_posts_topic", "ix_posts_subject"):
        op.drop_index(index, "posts")
    op.rename_table("posts", "posts_before")
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("topic_id", sa.Uuid, sa.ForeignKey("topics.id"), nullable=False),
        sa.Column("reply_to", sa.Uuid),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("html", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("author", sa.String),
        sa.Column("subject", sa.String),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.execute(f"INSERT INTO posts ({COLUMNS}) SELECT {COLUMNS} FROM posts_before ORDER BY rowid")  # noqa: S608 - our own names
    op.execute(
        "UPDATE posts_before SET reply_to = NULL WHERE reply_to IS NOT NULL"
    )  # or dropping it looks through itself
    op.drop_table("posts_before")
    op.create_index("ix_posts_topic", "posts", ["topic_id", "id"])
    op.create_index("ix_posts_subject", "posts", ["subject"], **partial("subject IS NOT NULL"))
