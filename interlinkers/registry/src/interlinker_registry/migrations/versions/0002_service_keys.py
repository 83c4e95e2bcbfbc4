"""The keys of services, and join tokens that were used."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import UtcDateTime

revision = "registry_0002"
down_revision = "registry_0001"


def upgrade() -> None:
    """Create the tables, and the row that counts the changes to the keys."""
    op.create_table(
        "service_keys",
        sa.Column("service", sa.String(40), primary_key=True),
        sa.Column("instance", sa.String(40), primary_key=True),
        sa.Column("x", sa.String(43), nullable=False, unique=True),
        sa.Column("joined_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "spent_joins",
        sa.Column("jti", sa.String(100), primary_key=True),
        sa.Column("until", UtcDateTime, nullable=False),
    )
    counter = sa.table("revision", sa.column("id", sa.Integer), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"id": 2, "value": 1}])
