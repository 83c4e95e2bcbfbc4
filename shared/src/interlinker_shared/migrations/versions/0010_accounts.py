"""Accounts, and how people sign in to them."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import JsonText, UtcDateTime

revision = "shared_0010"
down_revision = "shared_0009"


def upgrade() -> None:
    """Create the tables."""
    _accounts()
    _ways_in()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("email", sa.String, unique=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime),
    )
    op.create_table(
        "account_sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("token_hash", sa.String, nullable=False, unique=True),
        sa.Column("subject", sa.String, nullable=False, index=True),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("assurance", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.String, nullable=False, unique=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("invited_by", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )


def _ways_in() -> None:
    op.create_table(
        "sign_in_requests",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.String),
        sa.Column("email_key", sa.String, nullable=False, index=True),
        sa.Column("client_key", sa.String, index=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("next", sa.String),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.String, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False, index=True),
        sa.Column("next", sa.String),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "single_use",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("data", JsonText, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("subject", sa.String, nullable=False, index=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("public_key", sa.String, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime),
    )
