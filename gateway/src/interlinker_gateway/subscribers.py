"""Events in: what blocks say about assets of ours; each reader declares only what it needs."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from interlinker_gateway.actions import news
from interlinker_shared.clock import utc_now
from interlinker_shared.events import Envelope, Handler


class AssetNews(BaseModel):
    """Something happened to an asset."""

    asset: UUID


class Contribution(BaseModel):
    """Somebody took part in an asset; who it was is the envelope's actor."""

    asset: UUID
    action: str
    items: list[str]
    channel: str


class Withdrawal(BaseModel):
    """An item of an asset is gone."""

    asset: UUID
    item: str


def on_asset_closed(session: Session, payload: AssetNews, envelope: Envelope) -> None:
    """The result can be fetched; all contributions came before, for they share the asset's order."""
    news.asset_closed(session, str(payload.asset), now=utc_now())
    _let_waiting_hear(session, envelope)


def on_asset_deleted(session: Session, payload: AssetNews, envelope: Envelope) -> None:
    news.asset_deleted(session, str(payload.asset), now=utc_now())
    _let_waiting_hear(session, envelope)


def on_asset_purged(session: Session, payload: AssetNews, envelope: Envelope) -> None:
    """The words go; what process and people have become of them stays."""
    news.asset_purged(session, str(payload.asset))
    _let_waiting_hear(session, envelope)


def on_asset_news(session: Session, payload: AssetNews, envelope: Envelope) -> None:
    """Nothing but what a task may wait for."""
    _let_waiting_hear(session, envelope)


def on_contribution_made(session: Session, payload: Contribution, envelope: Envelope) -> None:
    news.contribution_made(
        session,
        event_id=envelope.id,
        asset=str(payload.asset),
        subject=envelope.actor,
        action=payload.action,
        items=payload.items,
        channel=payload.channel,
        made_at=envelope.time,
    )


def on_item_withdrawn(session: Session, payload: Withdrawal, envelope: Envelope) -> None:
    news.item_withdrawn(session, str(payload.asset), payload.item)


def _let_waiting_hear(session: Session, envelope: Envelope) -> None:
    event = {"type": envelope.type, "source": envelope.source, "subject": envelope.subject, "data": envelope.data}
    news.event_heard(session, event, now=utc_now())


HANDLERS: tuple[Handler, ...] = (
    Handler("interlink.*.asset.opened.v1", AssetNews, on_asset_news),
    Handler("interlink.*.asset.closed.v1", AssetNews, on_asset_closed),
    Handler("interlink.*.asset.deleted.v1", AssetNews, on_asset_deleted),
    Handler("interlink.*.asset.purged.v1", AssetNews, on_asset_purged),
    Handler("interlink.*.result.published.v1", AssetNews, on_asset_news),
    Handler("interlink.*.contribution.made.v1", Contribution, on_contribution_made),
    Handler("interlink.*.item.withdrawn.v1", Withdrawal, on_item_withdrawn),
)
