"""Whose response it is can be asked by the response: a statement of reasons goes to its author."""

from alembic import op

revision = "survey_0004"
down_revision = "survey_0003"


def upgrade() -> None:
    """Responses come in the order of their ids, so the index grows at its end."""
    op.create_index("ix_participations_response", "participations", ["response_id"])
