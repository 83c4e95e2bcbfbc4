"""Responses, whose they are, and where imported choices come from."""

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime

revision = "survey_0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "responses",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), nullable=False),
        sa.Column("answers", JsonText, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_responses_survey", "responses", ["survey_id", "id"])
    op.create_table(
        "participations",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("subject", sa.String, primary_key=True),
        sa.Column("response_id", sa.Uuid, sa.ForeignKey("responses.id"), nullable=False),
    )
    op.create_index("ix_participations_subject", "participations", ["subject"])
    op.create_table(
        "imported_choices",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("value", sa.String, primary_key=True),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("item", JsonText, nullable=False),
    )
