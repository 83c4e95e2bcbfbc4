"""Tables that shared brings to every database: assets, outbox, inbox, idempotency."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import BigId, JsonText, UtcDateTime, partial

revision = "shared_0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    _assets()
    _events()
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.String, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )


def _assets() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("config", JsonText, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("opens_at", UtcDateTime),
        sa.Column("closes_at", UtcDateTime),
        sa.Column("process", sa.String),
        sa.Column("task", sa.String),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String),
        sa.Column("opened_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("deleted_at", UtcDateTime),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="state_known"),
    )
    op.create_index("ix_assets_listed", "assets", ["created_at", "id"], **partial("deleted_at IS NULL"))
    op.create_index("ix_assets_opening", "assets", ["opens_at"], **partial("state = 'draft' AND deleted_at IS NULL"))
    op.create_index("ix_assets_closing", "assets", ["closes_at"], **partial("state = 'open' AND deleted_at IS NULL"))
    op.create_table(
        "results",
        sa.Column("asset_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("document", sa.String, nullable=False),
    )
    op.create_table(
        "imports",
        sa.Column("asset_id", sa.Uuid, primary_key=True),
        sa.Column("handover", sa.String, primary_key=True),
        sa.Column("source_id", sa.String, primary_key=True),
        sa.Column("item", sa.String, nullable=False),
        sa.Column("source_interlinker", sa.String),
        sa.Column("source_asset", sa.String),
        sa.Column("source_item", sa.String),
    )
    op.create_index("ix_imports_source", "imports", ["source_asset", "source_item"])
    op.create_table(
        "changes",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("thing_id", sa.String, nullable=False),
        sa.Column("body", JsonText(none_as_null=True)),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_thing", "changes", ["kind", "thing_id"], unique=True)


def _events() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BigId, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("nats_subject", sa.String, nullable=False),
        sa.Column("aggregate", sa.String, nullable=False),
        sa.Column("aggseq", sa.Integer, nullable=False),
        sa.Column("envelope", sa.String, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_waiting", "outbox", ["id"], **partial("published_at IS NULL"))
    op.create_table(
        "aggregates",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("received_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("consumer", sa.String, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("aggregate", sa.String, nullable=False),
        sa.Column("aggseq", sa.Integer, nullable=False),
        sa.Column("envelope", sa.String, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("failed_at", UtcDateTime, nullable=False),
    )
