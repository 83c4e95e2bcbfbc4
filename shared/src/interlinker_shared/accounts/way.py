"""Sessions as a way in: a token of `ils_` and 32 random bytes, for programs as a bearer, for browsers in a cookie."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from interlinker_shared.accounts import store
from interlinker_shared.accounts.actions import PREFIX
from interlinker_shared.accounts.secrets import hash_of
from interlinker_shared.auth import Found, Principal
from interlinker_shared.db import Database
from interlinker_shared.errors import StorageFullError, UnavailableError

TOUCHED_AFTER = timedelta(hours=1)  # a session that is in use is noted at most so often


class SessionWay:
    """Reads sessions; each is remembered for a second at most, and never past the commit that ends it."""

    mark = PREFIX
    revocable = True

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        """Nothing is read yet."""
        self._db = db
        self._clock = clock

    async def read(self, token: str) -> Found | None:
        """Who has this session; None when it is over or never was."""
        now = self._clock()
        live = await self._db.read(store.live_session, hash_of(token), now)
        if live is None:
            return None
        if now - live.last_seen_at >= TOUCHED_AFTER:
            await self._touch(live, now)
        return Found(Principal(live.subject, live.role, assurance=live.assurance), live.expires_at.timestamp())

    async def _touch(self, live: store.Live, now: datetime) -> None:
        # Reading goes on where writing cannot; the session then ends earlier than it might.
        with contextlib.suppress(StorageFullError, UnavailableError):
            await self._db.write(store.touch_session, live.id, live.subject, now)
