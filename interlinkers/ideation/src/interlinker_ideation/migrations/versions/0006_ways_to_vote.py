"""Ballots of every kind, the receipts that were counted, what waits to be counted, and bundles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ideation_0006"
down_revision = "ideation_0005"


def upgrade() -> None:
    """What was `approvals` is what any ballot has on it; the rest is new."""
    for table in ("ballots", "ballots_moved"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN approvals TO marks")
    op.create_table(
        "counted_receipts",
        sa.Column("campaign_id", sa.Uuid(), primary_key=True),
        sa.Column("receipt", sa.String(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "countings",
        sa.Column("campaign_id", sa.Uuid(), primary_key=True),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer()),
    )
    op.create_table(
        "bundles",
        sa.Column("campaign_id", sa.Uuid(), primary_key=True),
        sa.Column("document", sa.String(), nullable=False),
    )
    # What closed before has a result and no bundle yet: it is counted once more, and nothing is published anew.
    closed = "SELECT id, 'waiting', 0 FROM assets WHERE state = 'closed' AND deleted_at IS NULL AND purged_at IS NULL"
    op.execute(f"INSERT INTO countings (campaign_id, phase, done) {closed}")
