"""A block that purges a box of eight thousand things, and is killed at a failpoint on the way: run as a program of its own."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from asgi_lifespan import LifespanManager
from shared.tests.boxes import MOMENT, Boxes, Clock, create_box_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from interlinker_shared.assets import AssetCreate, store
from interlinker_shared.assets.actions import create_asset
from interlinker_shared.assets.retention import retire
from interlinker_shared.failpoints import CONSENT, CONSENTED, VARIABLE, arm
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET

THINGS = 8000
DAY = 86_400


def begin(session: Session) -> None:
    """A box that is kept for a day, with things in it."""
    body = AssetCreate(title="A box", retain_until=MOMENT + timedelta(days=1))
    asset = create_asset(session, Boxes().kind(), body, by=None, now=MOMENT)
    store.add_imports(session, [_thing(asset.id, number) for number in range(THINGS)])


def _thing(asset: UUID, number: int) -> dict[str, object]:
    source = {"source_interlinker": None, "source_asset": None, "source_item": None}
    return {"asset_id": asset, "handover": "h", "source_id": f"{number:05}", "item": f"{number:05}"} | source


def _begun(session: Session) -> bool:
    return session.scalar(select(store.AssetRow.id)) is not None


async def main(folder: str, failpoint: str) -> None:
    settings = {"data_dir": folder, "secret": SECRET, "nats_url": None, "registry_url": None, "accounts": "off"}
    clock = Clock()
    app = create_box_app(settings, clock=clock)
    async with LifespanManager(app):
        kit: Kit = app.state.kit
        if not await kit.db.read(_begun):
            await kit.db.write(begin)
        clock.go_on(DAY)
        arm({VARIABLE: failpoint, CONSENT: CONSENTED})
        await retire(kit)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
