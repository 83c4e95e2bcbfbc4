"""Connections that live on the event loop, beside the engines."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg

CONNECT_SECONDS = 5


@contextlib.asynccontextmanager
async def connected(conninfo: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection that commits each statement. A cancellation while it connects leaves none half open."""
    connecting = asyncio.ensure_future(
        psycopg.AsyncConnection.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS)
    )
    try:
        connection = await asyncio.shield(connecting)
    except asyncio.CancelledError:
        with contextlib.suppress(psycopg.Error, OSError):
            await (await connecting).close()
        raise
    try:
        yield connection
    finally:
        await connection.close()
