"""Count the events of an aggregate by name, so that a consumer of some of them can tell when one is missing."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0002"
down_revision = "shared_0001"


def upgrade() -> None:
    """Add the column; of what was recorded before, only the sum is known."""
    op.add_column("aggregates", sa.Column("counts", sa.String, nullable=False, server_default=""))
