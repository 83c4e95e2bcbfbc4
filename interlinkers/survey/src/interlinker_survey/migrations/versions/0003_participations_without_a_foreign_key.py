"""Participations name their response without a foreign key: it would cost a look through all of them for each one that goes."""

import sqlalchemy as sa
from alembic import op

revision = "survey_0003"
down_revision = "survey_0002"


def upgrade() -> None:
    """Drop it; SQLite can only write the table anew."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("participations_response_id_fkey", "participations", type_="foreignkey")
        return
    op.drop_index("ix_participations_subject", "participations")
    op.rename_table("participations", "participations_before")
    op.create_table(
        "participations",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("response_id", sa.Uuid, nullable=False),
    )
    op.execute(
        "INSERT INTO participations (survey_id, subject, response_id) "
        "SELECT survey_id, subject, response_id FROM participations_before ORDER BY rowid"
    )
    op.drop_table("participations_before")
    op.create_index("ix_participations_subject", "participations", ["subject"])
