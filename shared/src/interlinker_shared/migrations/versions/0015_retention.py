"""Until when what people contribute to an asset is kept, and what stays of it."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db.types import UtcDateTime, partial

revision = "shared_0015"
down_revision = "shared_0014"


def upgrade() -> None:
    """Add the columns, and the indexes by which due dates are found."""
    op.add_column("assets", sa.Column("retain_until", UtcDateTime))
    op.add_column("assets", sa.Column("retain_result", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("assets", sa.Column("purged_at", UtcDateTime))
    undated = partial("state = 'closed' AND retain_until IS NULL AND purged_at IS NULL AND deleted_at IS NULL")
    op.create_index("ix_assets_undated", "assets", ["closed_at"], **undated)
    dated = partial("purged_at IS NULL AND retain_until IS NOT NULL")
    op.create_index("ix_assets_retained", "assets", ["retain_until"], **dated)
    deleted = partial("purged_at IS NULL AND deleted_at IS NOT NULL")
    op.create_index("ix_assets_deleted", "assets", ["deleted_at"], **deleted)
