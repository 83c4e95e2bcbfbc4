"""Items of other assets that are gone, for calls that were under way meanwhile."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime

revision = "shared_0016"
down_revision = "shared_0015"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "withdrawn_elsewhere",
        sa.Column("interlinker", sa.String, primary_key=True),
        sa.Column("asset", sa.String, primary_key=True),
        sa.Column("item", sa.String, primary_key=True),
        sa.Column("withdrawn_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_withdrawn_elsewhere_at", "withdrawn_elsewhere", ["withdrawn_at"])
