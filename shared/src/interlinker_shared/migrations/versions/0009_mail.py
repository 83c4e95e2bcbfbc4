"""Letters that wait to be sent."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime

revision = "shared_0009"
down_revision = "shared_0008"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "mail_queue",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("next_try_at", UtcDateTime, nullable=False, index=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
    )
