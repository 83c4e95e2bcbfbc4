"""Moderation: notices, the addresses for their answers, decisions and appeals."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import JsonText, UtcDateTime, partial

revision = "shared_0013"
down_revision = "shared_0012"


def upgrade() -> None:
    """Create the tables."""
    _notices()
    _decisions()
    op.create_table(
        "moderation_appeals",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("decision_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String),
        sa.Column("explanation", sa.String),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_at", UtcDateTime),
    )
    op.create_index("ux_moderation_appeals_decision", "moderation_appeals", ["decision_id"], unique=True)


def _notices() -> None:
    op.create_table(
        "moderation_notices",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("asset_id", sa.Uuid, nullable=False),
        sa.Column("ground", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("notifier", sa.String),
        sa.Column("secret_hash", sa.String, nullable=False),
        sa.Column("decision_id", sa.Uuid),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    waiting, named = partial("decision_id IS NULL"), partial("notifier IS NOT NULL")
    op.create_index("ix_moderation_notices_open", "moderation_notices", ["id"], **waiting)
    op.create_index("ix_moderation_notices_item", "moderation_notices", ["kind", "item_id"], **waiting)
    op.create_index("ix_moderation_notices_decision", "moderation_notices", ["decision_id"])
    op.create_index("ix_moderation_notices_notifier", "moderation_notices", ["notifier"], **named)
    op.create_table(
        "moderation_contacts",
        sa.Column("notice_id", sa.Uuid, primary_key=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("forget_at", UtcDateTime),
    )
    op.create_index("ix_moderation_contacts_forget", "moderation_contacts", ["forget_at"])


def _decisions() -> None:
    op.create_table(
        "moderation_decisions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("asset_id", sa.Uuid, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("ground", sa.String),
        sa.Column("clause", sa.String),
        sa.Column("facts", sa.String),
        sa.Column("automated", sa.Boolean, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("author", sa.String),
        sa.Column("decided_by", sa.String),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.Column("month", sa.String, nullable=False),
        sa.Column("in_force", sa.Boolean, nullable=False),
        sa.Column("kept", JsonText),
    )
    table = "moderation_decisions"
    op.create_index("ux_moderation_in_force", table, ["kind", "item_id"], unique=True, **partial("in_force"))
    op.create_index("ix_moderation_decisions_author", table, ["author", "id"], **partial("author IS NOT NULL"))
    ending = partial("in_force AND until IS NOT NULL")
    op.create_index("ix_moderation_decisions_until", table, ["until"], **ending)
    op.create_index("ix_moderation_decisions_kept", table, ["decided_at"], **partial("kept IS NOT NULL"))
