"""Connections that live on the event loop, beside the engines."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg


@contextlib.asynccontextmanager
async def connected(conninfo: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection that commits each statement. A cancellation while it connects leaves none half open."""
    connecting = asyncio.ensure_future(psycopg.AsyncConnection.connect(conninfo, autocommit=True))
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
