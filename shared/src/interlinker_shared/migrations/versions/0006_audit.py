"""What moderators and owners did, in a chain that only grows."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.audit.chain import GENESIS
from interlinker_shared.db.types import JsonText

revision = "shared_0006"
down_revision = "shared_0005"

FORBIDS = "the audit trail can only grow"


def upgrade() -> None:
    """Create the tables, and let the database itself keep the chain as it is."""
    op.create_table(
        "audit_entries",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("actor", sa.String),
        sa.Column("detail", JsonText, nullable=False),
        sa.Column("previous", sa.String, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": GENESIS}])
    op.create_table(
        "audit_actors",
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("alias", sa.String, nullable=False, unique=True),
    )
    (_forbid_on_postgresql if op.get_bind().dialect.name == "postgresql" else _forbid_on_sqlite)()


def _forbid_on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entries_refuse_{change.lower()} BEFORE {change} ON audit_entries "
            f"BEGIN SELECT RAISE(ABORT, '{FORBIDS}'); END"
        )


def _forbid_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_entries_only_grow() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{FORBIDS}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_only_grow()"
    )
