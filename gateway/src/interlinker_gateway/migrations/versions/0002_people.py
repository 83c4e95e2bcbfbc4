"""Organisations, teams and their members."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import UtcDateTime

revision = "gateway_0002"
down_revision = "gateway_0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("stakeholder", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("stakeholder", sa.String, nullable=False),
        sa.Column("organisation", sa.Uuid, sa.ForeignKey("organisations.id")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_teams_organisation", "teams", ["organisation"])
    op.create_table(
        "team_members",
        sa.Column("team", sa.Uuid, sa.ForeignKey("teams.id"), primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("lead", sa.Boolean, nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_team_members_subject", "team_members", ["subject"])
