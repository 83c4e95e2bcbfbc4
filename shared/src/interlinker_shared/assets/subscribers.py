"""What every block does with events of others: let go of an item that was withdrawn where it came from."""

from __future__ import annotations

from sqlalchemy.orm import Session

from interlinker_shared.assets import store
from interlinker_shared.assets.events import WithdrawnItem
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.withholding import withhold
from interlinker_shared.events import Envelope, Handler
from interlinker_shared.moderation.store import forget_words_of


def withdrawal_handler(kind: AssetKind) -> Handler:
    """A handler that withdraws imported copies of an item, also those to come; none is needed where `kind` imports nothing."""

    def withdraw_copies(session: Session, payload: WithdrawnItem, envelope: Envelope) -> None:
        store.remember_withdrawn(session, envelope.service, str(payload.asset), payload.item, envelope.time)
        copies = store.imported_from(session, envelope.service, str(payload.asset), payload.item)
        for asset_id, item in copies:
            asset = store.find(session, asset_id)
            if asset is not None and kind.withdraw_item is not None:
                kind.withdraw_item(session, asset, item, envelope.time)
                withhold(session, asset_id, item, now=envelope.time)
                forget_words_of(session, item)

    return Handler("interlink.*.item.withdrawn.v1", WithdrawnItem, withdraw_copies)
