"""Webhooks: where events of a service are sent, and how far that has come."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import JsonText, UtcDateTime

revision = "shared_0004"
down_revision = "shared_0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("types", JsonText, nullable=False),
        sa.Column("description", sa.String),
        sa.Column("secret", sa.String, nullable=False),
        sa.Column("old_secret", sa.String),
        sa.Column("old_secret_until", UtcDateTime),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.String),
        sa.Column("disabled_at", UtcDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("missed_after", sa.BigInteger),
        sa.Column("missed_upto", sa.BigInteger),
        sa.Column("last_success_at", UtcDateTime),
        sa.Column("last_failure_at", UtcDateTime),
        sa.Column("last_status", sa.Integer),
        sa.Column("last_reason", sa.String),
        sa.Column("failing_id", sa.BigInteger),
        sa.Column("failing_since", UtcDateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_try_at", UtcDateTime),
    )
