"""Publications: tables for everybody, frozen, and beside them what judges the next one."""

import sqlalchemy as sa
from alembic import op

revision = "survey_0006"
down_revision = "survey_0005"


def upgrade() -> None:
    """One row each; the latest one of a survey is asked for most."""
    op.create_table(
        "publications",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
    )
