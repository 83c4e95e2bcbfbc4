"""Versions of what public answers show: how the replicas of a service tell whether one that they have kept is still true."""

import sqlalchemy as sa
from alembic import op

revision = "shared_0005"
down_revision = "shared_0004"


def upgrade() -> None:
    """Create the table; on SQLite, where one process has it all in mind, it stays empty."""
    op.create_table(
        "versions",
        sa.Column("tag", sa.String, primary_key=True),
        sa.Column("slot", sa.Integer, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
    )
