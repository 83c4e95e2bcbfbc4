"""The pledges."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import UtcDateTime

revision = "template_0001"
down_revision = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pledges",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("asset_id", sa.Uuid, sa.ForeignKey("assets.id"), nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("asset_id", "subject", name="one_pledge_each"),
    )
    op.create_index("ix_pledges_asset_id", "pledges", ["asset_id"])
    op.create_index("ix_pledges_subject", "pledges", ["subject"])
