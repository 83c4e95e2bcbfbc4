"""People who are erased everywhere, and the words that the audit trail no longer holds itself."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import UtcDateTime, partial

revision = "gateway_0003"
down_revision = "gateway_0002"


def upgrade() -> None:
    """Create the tables, and what a person is found by."""
    op.create_table(
        "erasures",
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("subject", sa.String),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("done_at", UtcDateTime),
    )
    op.create_table(
        "erasure_calls",
        sa.Column("person", sa.String, sa.ForeignKey("erasures.person"), primary_key=True),
        sa.Column("service", sa.String, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("waiting_for", sa.String),
        sa.Column("done_at", UtcDateTime),
    )
    op.create_index("ix_erasure_calls_due", "erasure_calls", ["next_at"], **partial("done_at IS NULL"))
    op.create_table(
        "audit_words",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("process_id", sa.Uuid, sa.ForeignKey("processes.id"), nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("text", sa.String, nullable=False),
    )
    op.create_index("ix_audit_words_process", "audit_words", ["process_id"])
    for table in ("audit_words", "contributions", "votes", "feedback"):
        op.create_index(f"ix_{table}_subject", table, ["subject"])
