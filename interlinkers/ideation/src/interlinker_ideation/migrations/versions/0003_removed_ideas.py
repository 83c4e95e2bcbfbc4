"""Ideas that a moderator removed after they were counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ideation_0003"
down_revision = "ideation_0002"


def upgrade() -> None:
    """Add the mark."""
    op.add_column("ideas", sa.Column("removed", sa.Boolean(), nullable=False, server_default=sa.false()))
