"""The registry as a reader of its own list of keys, in which it puts its own by itself."""

from __future__ import annotations

import asyncio

from interlinker_registry import actions, store
from interlinker_registry.directory import KEYS_CHANGED
from interlinker_shared.db import Database
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.state import Kit


async def read_keys(db: Database) -> KeySet:
    """All keys, from the database."""
    return await db.read(store.keys)


async def run_keys(kit: Kit) -> None:
    """Put our own key in, where there is a family; then let go of every key that is taken out, as soon as it is."""
    changed = asyncio.Event()
    kit.db.on_commit(lambda signals: changed.set() if KEYS_CHANGED in signals else None)
    if kit.settings.registry_url:
        await kit.db.write(actions.admit, kit.services.name, kit.services.key.public, now=kit.clock())
    while True:
        kit.services.keyring.learn(await read_keys(kit.db))
        await changed.wait()
        changed.clear()
