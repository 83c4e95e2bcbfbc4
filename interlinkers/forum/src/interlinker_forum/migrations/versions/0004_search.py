"""The search index, and in it what was said before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from interlinker_shared.db import BigId, UtcDateTime

revision = "forum_0004"
down_revision = "forum_0003"


def upgrade() -> None:
    """Create it and fill it."""
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    op.create_table(
        "search_entries",
        sa.Column("id", BigId, primary_key=True, autoincrement=False),
        sa.Column("item", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("words", sa.ARRAY(sa.String) if postgresql else sa.String),
    )
    op.create_index("ix_search_item", "search_entries", ["item"], unique=True)
    if postgresql:
        op.create_index("ix_search_words", "search_entries", ["words"], postgresql_using="gin")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5 "
            """(words, detail = none, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'")"""
        )
    _fill(bind)


def _fill(bind: sa.Connection) -> None:
    from interlinker_forum.store.search import index_all  # noqa: PLC0415 - only where there is something

    if bind.execute(sa.text("SELECT 1 FROM topics LIMIT 1")).first() is not None:
        index_all(Session(bind))
