"""What an erasure leaves to be done after its commit: recorded events are rewritten, then the database's file."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from uuid import UUID

import structlog

from interlinker_shared.db import compact
from interlinker_shared.errors import DomainError
from interlinker_shared.personal import envelopes
from interlinker_shared.state import Kit

LOOK_SECONDS = 60.0
QUIET_SECONDS = 60.0
LATEST = timedelta(days=7)

log = structlog.get_logger()


class Eraser:
    """Ends erasures, in one replica at a time.

    To write SQLite's file anew lets all writes wait, so that is left for when nobody has written for a minute; after a week
    it is done all the same.
    """

    def __init__(self, kit: Kit, *, quiet_seconds: float = QUIET_SECONDS) -> None:
        """Listen to the commits of the kit's database."""
        self._kit = kit
        self._quiet = quiet_seconds
        self._changed = asyncio.Event()
        self._quiet_since = 0.0
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """End what is under way until cancelled."""
        while True:
            self._changed.clear()
            waits = await self.round()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._quiet, LOOK_SECONDS) if waits else LOOK_SECONDS):
                    await self._changed.wait()

    async def round(self) -> bool:
        """Go on with all of them as far as it goes now; whether the file waits for a quiet moment."""
        db = self._kit.db
        for erasure in await db.read(envelopes.under_way):
            if erasure.subject is not None:
                await self._rewrite(erasure.id)
        left = [erasure for erasure in await db.read(envelopes.under_way) if erasure.subject is None]
        if left and (db.shared or self._is_quiet() or left[0].asked_at + LATEST < self._kit.clock()):
            return not await self._compact([erasure.id for erasure in left])
        return bool(left)

    async def _rewrite(self, erasure_id: UUID) -> None:
        db, published_only = self._kit.db, self._kit.broker is not None
        while (erasure := await db.read(envelopes.find, erasure_id)) is not None and erasure.subject is not None:
            found = await db.read(envelopes.look, erasure, published_only=published_only)
            await db.write(envelopes.rewrite, erasure, found)
            if found.seen == erasure.seen:
                return  # the rest waits to be published

    async def _compact(self, ids: list[UUID]) -> bool:
        """Whether it could be done; PostgreSQL forgets by its own vacuum."""
        db = self._kit.db
        try:
            await db.write(compact)
        except DomainError as error:
            log.warning("a file that was erased from waits to be written anew", reason=str(error))
            return False
        await db.write(envelopes.over, ids)
        return True

    def _is_quiet(self) -> bool:
        return asyncio.get_running_loop().time() - self._quiet_since >= self._quiet

    def _on_commit(self, signals: set[str]) -> None:
        self._quiet_since = asyncio.get_running_loop().time()
        if envelopes.SIGNAL in signals:
            self._changed.set()
