"""Who has voted is kept as a hash with a secret of the campaign, which is forgotten at the close."""

from __future__ import annotations

import hmac
import secrets
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "ideation_0004"
down_revision = "ideation_0003"

KEYS = sa.table("campaign_keys", sa.column("campaign_id", sa.Uuid), sa.column("key", sa.LargeBinary))
VOTERS = sa.table("voters", sa.column("campaign_id", sa.Uuid), sa.column("token", sa.String))
ASSETS = sa.table("assets", sa.column("id", sa.Uuid), sa.column("state", sa.String), sa.column("deleted_at"))


def upgrade() -> None:
    """Make the table; key the hashes that there are, which takes no subject; forget the keys of what is over at once."""
    op.create_table(
        "campaign_keys",
        sa.Column("campaign_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )
    connection = op.get_bind()
    is_open = (ASSETS.c.state == "open") & ASSETS.c.deleted_at.is_(None)
    going_on = set(connection.scalars(sa.select(ASSETS.c.id).where(is_open)))
    for campaign in going_on | set(connection.scalars(sa.select(VOTERS.c.campaign_id).distinct())):
        key = secrets.token_bytes(32)
        _rewrite(connection, campaign, key)
        if campaign in going_on:
            connection.execute(sa.insert(KEYS).values(campaign_id=campaign, key=key))


def _rewrite(connection: sa.Connection, campaign: UUID, key: bytes) -> None:
    mine = VOTERS.c.campaign_id == campaign
    tokens = connection.scalars(sa.select(VOTERS.c.token).where(mine)).all()
    connection.execute(sa.delete(VOTERS).where(mine))
    keyed = sorted(hmac.digest(key, token.encode(), "sha256").hex() for token in tokens)
    rows = [{"campaign_id": campaign, "token": token} for token in keyed]
    if rows:
        connection.execute(sa.insert(VOTERS), rows)
