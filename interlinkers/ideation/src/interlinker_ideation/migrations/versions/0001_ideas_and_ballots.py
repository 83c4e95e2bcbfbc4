"""Ideas, support, voters and ballots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime

revision = "ideation_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ideas",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("author", sa.String()),
        sa.Column("source", JsonText()),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("campaign_id", "number"),
    )
    op.create_index("ix_ideas_support", "ideas", ["campaign_id", "support", "number"])
    op.create_index("ix_ideas_author", "ideas", ["author"])
    op.create_table(
        "supports",
        sa.Column("idea_id", sa.Uuid(), sa.ForeignKey("ideas.id"), primary_key=True),
        sa.Column("subject", sa.String(), primary_key=True),
    )
    op.create_index("ix_supports_subject", "supports", ["subject"])
    op.create_table(
        "voters",
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("token", sa.String(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballots",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("approvals", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ballots_receipt", "ballots", ["campaign_id", "receipt"], unique=True)


def downgrade() -> None:
    for table in ("ballots", "voters", "supports", "ideas"):
        op.drop_table(table)
