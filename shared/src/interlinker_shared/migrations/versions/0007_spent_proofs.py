"""Proofs of work that people without an account have used."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime

revision = "shared_0007"
down_revision = "shared_0006"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "spent_proofs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    )
