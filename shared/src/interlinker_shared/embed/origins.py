"""Which portals may embed this service: in memory, for every answer says so in its headers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from interlinker_shared.db import Database
from interlinker_shared.embed import store

NOBODY = "'none'"


class Origins:
    """The origins of all hosts, and with those of the settings who may frame a page."""

    def __init__(self, setting: str) -> None:
        """`setting` is a CSP source list."""
        self._setting = setting
        self._changed = asyncio.Event()
        self.allowed: frozenset[str] = frozenset()
        self.frame_ancestors = setting

    async def load(self, db: Database) -> None:
        """Read them anew."""
        origins = await db.read(store.all_origins)
        self.allowed = frozenset(origins)
        said = [] if origins and self._setting.strip() == NOBODY else [self._setting]
        self.frame_ancestors = " ".join([*said, *origins])

    def hear(self, signals: Collection[str]) -> None:
        """Take in the signals of a commit, also of other replicas."""
        if store.SIGNAL in signals:
            self._changed.set()

    async def run(self, db: Database, forget: Callable[[], None]) -> None:
        """Read them anew whenever they change, and `forget` what was answered before."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self.load(db)
            forget()
