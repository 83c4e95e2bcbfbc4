"""A service that queues letters once and sends them, until it is killed: run as a program of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial

from asgi_lifespan import LifespanManager
from shared.tests.boxes import create_box_app
from sqlalchemy.orm import Session

from interlinker_shared import failpoints
from interlinker_shared.clock import utc_now
from interlinker_shared.mail import store
from interlinker_shared.mail.store import Letter
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, eventually


def queue_all(session: Session, count: int) -> None:
    for number in range(count):
        store.queue(session, Letter(f"a{number}@example.org", str(number), "Hello."), now=utc_now())


async def none_waits(kit: Kit) -> bool:
    return await kit.db.read(store.count) == 0


async def main(folder: str, url: str, count: int) -> None:
    failpoints.arm(os.environ)
    settings = {"data_dir": folder, "secret": SECRET, "nats_url": None, "registry_url": None}
    mail = {"smtp_url": url, "mail_from": "boxes@example.org"}
    async with LifespanManager(app := create_box_app(settings | mail, clock=utc_now)):
        kit: Kit = app.state.kit
        await kit.db.write(queue_all, count)
        await eventually(partial(none_waits, kit), within=50)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
