"""Grants: which role somebody has in a scope, and who belongs to which team; assets that not everybody may know of."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime

revision = "shared_0008"
down_revision = "shared_0007"


def upgrade() -> None:
    """Create the tables, and say of all assets so far that they are public."""
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("granted_by", sa.String),
        sa.Column("granted_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("scope", "holder"),
    )
    op.create_index("ix_grants_holder", "grants", ["holder"])
    op.create_table(
        "memberships",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("team", sa.String, primary_key=True),
    )
    op.create_index("ix_memberships_team", "memberships", ["team"])
    op.add_column("assets", sa.Column("visibility", sa.String, nullable=False, server_default="public"))
