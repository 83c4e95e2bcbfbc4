"""Consents, erasures that are under way, and whose answers are kept."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime, partial

revision = "shared_0014"
down_revision = "shared_0013"


def upgrade() -> None:
    """Create the tables, and the column."""
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime),
    )
    stands = partial("withdrawn_at IS NULL")
    op.create_index("ux_consents_stands", "consents", ["subject", "purpose", "policy"], unique=True, **stands)
    op.create_index("ix_consents_subject", "consents", ["subject", "id"])
    op.create_table(
        "consent_counts",
        sa.Column("purpose", sa.String, primary_key=True),
        sa.Column("policy", sa.String, primary_key=True),
        sa.Column("given", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
    )
    op.create_table(
        "erasures_here",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.String),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("upto", sa.BigInteger),
        sa.Column("asked_at", UtcDateTime, nullable=False),
    )
    op.add_column("idempotency", sa.Column("subject", sa.String))
    op.create_index("ix_idempotency_subject", "idempotency", ["subject"], **partial("subject IS NOT NULL"))
