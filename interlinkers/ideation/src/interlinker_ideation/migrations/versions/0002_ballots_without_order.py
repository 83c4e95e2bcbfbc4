"""Ballots lie campaign by campaign, and their order is forgotten on the way, as it is when a campaign closes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ideation_0002"
down_revision = "ideation_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_ballots_receipt", "ballots")
    op.rename_table("ballots", "ballots_moved_here")
    for name in ("ballots", "ballots_moved"):
        op.create_table(
            name,
            sa.Column("campaign_id", sa.Uuid(), primary_key=True),
            sa.Column("id", sa.Uuid(), primary_key=True),
            sa.Column("receipt", sa.String(), nullable=False),
            sa.Column("approvals", sa.String(), nullable=False),
            sqlite_with_rowid=False,
        )
    op.execute(
        "INSERT INTO ballots (id, campaign_id, receipt, approvals) "
        "SELECT id, campaign_id, receipt, approvals FROM ballots_moved_here ORDER BY campaign_id, id"
    )
    op.drop_table("ballots_moved_here")
    op.create_index("ix_ballots_receipt", "ballots", ["campaign_id", "receipt"], unique=True)
