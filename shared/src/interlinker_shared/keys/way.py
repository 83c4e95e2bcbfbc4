"""API keys as a way in."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from interlinker_shared.auth import Channel, Found, Principal, Role
from interlinker_shared.db import Database
from interlinker_shared.errors import StorageFullError, UnavailableError
from interlinker_shared.keys import store

PREFIX = "ilk_"
RANDOM_BYTES = 32
LENGTH = len(PREFIX) + 43  # of 32 bytes in base64url
NOTE_SECONDS = 60.0


def new_key() -> str:
    """A key that nobody has."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class KeyWay:
    """Finds keys in the database, and notes now and then that they were used."""

    mark = PREFIX
    revocable = True

    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        """Nothing was used yet."""
        self._db = db
        self._clock = clock
        self._uses: dict[UUID, datetime] = {}

    async def read(self, token: str) -> Found | None:
        """Who comes with this key; None where there is none, or it has expired."""
        if len(token) != LENGTH:
            return None
        now = self._clock()
        row = await self._db.read(store.find_by_hash, digest_of(token))
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        self._uses[row.id] = now
        role = Role(row.role)
        who = Principal(
            f"key-{row.id.hex}", role, Channel.API, ceiling=role, asset=row.asset, read_only=bool(row.read_only)
        )
        return Found(who) if row.expires_at is None else Found(who, row.expires_at.timestamp())

    async def note(self) -> None:
        """Write down what was used since the last time: one write for all keys, none where nobody came."""
        uses, self._uses = self._uses, {}
        if uses:
            with contextlib.suppress(
                UnavailableError, StorageFullError
            ):  # no reason to trouble anybody: a date is lost
                await self._db.write(store.note_uses, uses)

    async def run(self) -> None:
        """Do that once a minute."""
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            await self.note()
