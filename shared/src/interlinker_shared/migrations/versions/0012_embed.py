"""Embedding: the hosts that may vouch for people, and the tokens of theirs that were spent."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import JsonText, UtcDateTime

revision = "shared_0012"
down_revision = "shared_0011"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "embed_hosts",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("algorithm", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("max_role", sa.String, nullable=False),
        sa.Column("origins", JsonText, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "embed_spent",
        sa.Column("host", sa.String, primary_key=True),
        sa.Column("jti", sa.String, primary_key=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_embed_spent_expires_at", "embed_spent", ["expires_at"])
