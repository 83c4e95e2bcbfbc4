"""The directory and the catalogue."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime

revision = "registry_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, and the one row of the revision."""
    counter = op.create_table(
        "revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 1}])
    _create_instances()
    _create_catalogue()


def _create_instances() -> None:
    op.create_table(
        "instances",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("ttl", sa.Integer, nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("manifest", JsonText, nullable=False),
        sa.Column("manifest_digest", sa.String(71), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("health", sa.String(16), nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_instances_service", "instances", ["service"])
    op.create_index("ix_instances_state", "instances", ["state"])


def _create_catalogue() -> None:
    op.create_table(
        "entries",
        sa.Column("service", sa.String(40), primary_key=True),
        sa.Column("manifest", JsonText, nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("conformance", sa.String(16), nullable=False),
        sa.Column("checked_at", UtcDateTime),
    )
    op.create_table(
        "facets",
        sa.Column("service", sa.String(40), sa.ForeignKey("entries.service"), primary_key=True),
        sa.Column("facet", sa.String(16), primary_key=True),
        sa.Column("value", sa.String(200), primary_key=True),
    )
    op.create_index("ix_facets_value", "facets", ["value"])
