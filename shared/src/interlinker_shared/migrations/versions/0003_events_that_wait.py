"""How far consumers have come with each aggregate, events that wait for an earlier one, and when failed ones are due."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime, partial

revision = "shared_0003"
down_revision = "shared_0002"


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "heads",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("aggregate", sa.String, primary_key=True),
        sa.Column("counts", sa.String, nullable=False),
        sa.Column("aggseq", sa.Integer, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("aggregate", sa.String, nullable=False),
        sa.Column("aggseq", sa.Integer, nullable=False),
        sa.Column("envelope", sa.String, nullable=False),
        sa.Column("parked_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_parked_lane", "parked", ["consumer", "source", "aggregate", "aggseq"])
    op.add_column("dead_letters", sa.Column("due_at", UtcDateTime))
    op.create_index("ix_dead_letters_lane", "dead_letters", ["consumer", "source", "aggregate"])
    op.create_index("ix_dead_letters_failed", "dead_letters", ["failed_at"])
    op.create_index("ix_dead_letters_due", "dead_letters", ["due_at"], **partial("due_at IS NOT NULL"))
    op.create_index("ix_outbox_aggregate", "outbox", ["aggregate", "aggseq"])
