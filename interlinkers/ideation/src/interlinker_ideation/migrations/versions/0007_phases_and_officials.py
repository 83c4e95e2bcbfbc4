"""What campaigns ask of ideas, who follows them, former versions, what officials say, and ideas merged into others."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime

revision = "ideation_0007"
down_revision = "ideation_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Ideas that there are stand as they were submitted."""
    for column in (
        sa.Column("category", sa.String()),
        sa.Column("district", sa.String()),
        sa.Column("fields", JsonText(), nullable=False, server_default="{}"),
        sa.Column("location", JsonText()),
        sa.Column("status", sa.String(), nullable=False, server_default="submitted"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("merged_into", sa.Uuid()),
    ):
        op.add_column("ideas", column)
    op.add_column("supports", sa.Column("via", sa.Uuid()))
    op.create_table("followers", *_of_idea("subject", sa.String()), sa.Column("via", sa.Uuid()))
    op.create_index("ix_followers_subject", "followers", ["subject"])
    _history()
    _officials()
    op.create_table(
        "phases_told",
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("at", UtcDateTime(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("begins", sa.Boolean(), primary_key=True),
    )


def _of_idea(*more: Any) -> list[Any]:
    """The key of a table of ideas: the idea, and a column of this name and type."""
    idea = sa.Column("idea_id", sa.Uuid(), sa.ForeignKey("ideas.id"), primary_key=True)
    return [idea, sa.Column(*more, primary_key=True)] if more else [idea]


def _history() -> None:
    op.create_table(
        "idea_versions",
        *_of_idea("version", sa.Integer()),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "idea_steps",
        *_of_idea("number", sa.Integer()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("at", UtcDateTime(), nullable=False),
    )


def _officials() -> None:
    op.create_table(
        "idea_assessments",
        *_of_idea(),
        sa.Column("feasibility", sa.String(), nullable=False),
        sa.Column("department", sa.String()),
        sa.Column("note", sa.String()),
        sa.Column("assessed_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "idea_answers",
        *_of_idea(),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("office", "text", "html", "language")),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "campaign_archives",
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("archived_at", UtcDateTime(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String()),
    )
