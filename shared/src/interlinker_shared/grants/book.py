"""What people hold, kept in memory: a request asks for nothing, a change is heard with its commit."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from interlinker_shared.grants import store
from interlinker_shared.grants.domain import Grant

if TYPE_CHECKING:
    from interlinker_shared.db.database import Database

ENTRIES = 10_000
SHARED_SECONDS = 1.0  # the longest that a change in another replica stays unheard, should its signal get lost

Grants = tuple[Grant, ...]


class GrantBook:
    """The grants of the people who came by last."""

    def __init__(self, db: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Nobody is known yet. It listens to commits from now on."""
        self._db = db
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, Grants]] = OrderedDict()
        self._changes = 0
        db.on_commit(self._hear)

    def known(self, subject: str) -> Grants | None:
        """What a person holds; None when that has to be read."""
        kept = self._kept.get(subject)
        if kept is None or (self._db.shared and self._monotonic() - kept[0] > SHARED_SECONDS):
            return None
        return kept[1]

    async def read(self, subject: str) -> Grants:
        """The same, from the database if need be."""
        known = self.known(subject)
        if known is not None:
            return known
        began, changes = self._monotonic(), self._changes
        found = await self._db.read(store.grants_of, subject)
        if changes == self._changes:  # otherwise it may be from before the change
            self._keep(subject, began, found)
        return found

    def _keep(self, subject: str, read_at: float, grants: Grants) -> None:
        self._kept[subject] = (read_at, grants)
        self._kept.move_to_end(subject)
        if len(self._kept) > ENTRIES:
            self._kept.popitem(last=False)

    def _hear(self, signals: set[str]) -> None:
        if store.SIGNAL in signals:
            self._changes += 1
            self._kept.clear()
