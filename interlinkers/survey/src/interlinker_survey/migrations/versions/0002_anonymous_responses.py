"""Anonymous responses, and apart from them who has answered."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText

revision = "survey_0002"
down_revision = "survey_0001"


def upgrade() -> None:
    """Create the tables; SQLite keeps the rows of all but the first in the order of their keys, not of arrival."""
    op.create_table(
        "survey_keys",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "answered",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("token", sa.String, primary_key=True),
        sqlite_with_rowid=False,
    )
    for name in ("anonymous_responses", "anonymous_responses_moved"):
        op.create_table(
            name,
            sa.Column("survey_id", sa.Uuid, primary_key=True),
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("answers", JsonText, nullable=False),
            sa.Column("language", sa.String, nullable=False),
            sqlite_with_rowid=False,
        )
