"""A service that fills boxes and tells a webhook about it, until it is killed: run as a program of its own."""

from __future__ import annotations

import asyncio
import sys

from asgi_lifespan import LifespanManager
from shared.tests.boxes import create_box_app
from shared.tests.receiver import LOOPBACK, fill_boxes
from sqlalchemy.orm import Session

from interlinker_shared.clock import utc_now
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET
from interlinker_shared.webhooks import actions, store
from interlinker_shared.webhooks.models import Replay, WebhookCreate
from interlinker_shared.webhooks.signing import new_secret

BOXES = 10


def begin(session: Session, url: str) -> None:
    """Tell `url` about everything, from the first event on."""
    secret = new_secret()
    webhook = actions.create_webhook(session, WebhookCreate(url=url), secret=secret, known=(), now=utc_now())
    actions.replay_webhook(session, webhook.id, Replay(after=0))


async def main(folder: str, url: str, events: int) -> None:
    settings = {"data_dir": folder, "secret": SECRET, "nats_url": None, "registry_url": None}
    app = create_box_app(settings | LOOPBACK, clock=utc_now)
    async with LifespanManager(app):
        kit: Kit = app.state.kit
        if await kit.db.read(store.count) == 0:
            await fill_boxes(kit.db, *range(events), boxes=BOXES)
            await kit.db.write(begin, url)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
