"""The index of similar ideas, filled with the titles that there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from interlinker_ideation.similar.words import fold, pieces

revision = "ideation_0005"
down_revision = "ideation_0004"
branch_labels = None
depends_on = None

IDEAS = sa.table(
    "ideas",
    sa.column("campaign_id", sa.Uuid),
    sa.column("number", sa.Integer),
    sa.column("title", sa.String),
    sa.column("withdrawn", sa.Boolean),
    sa.column("removed", sa.Boolean),
)
AT_ONCE = 500


def upgrade() -> None:
    """Make the table; index what people can read."""
    made = op.create_table(
        "idea_pieces",
        sa.Column("campaign_id", sa.Uuid(), sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("piece", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    shown = sa.select(IDEAS).where(IDEAS.c.withdrawn.is_(sa.false()), IDEAS.c.removed.is_(sa.false()))
    for some in connection.execute(shown).partitions(AT_ONCE):
        rows = [
            {"campaign_id": idea.campaign_id, "piece": piece, "number": idea.number}
            for idea in some
            for piece in pieces(fold(idea.title))
        ]
        if rows:
            connection.execute(sa.insert(made), rows)
