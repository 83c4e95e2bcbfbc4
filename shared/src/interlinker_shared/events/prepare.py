"""The operator's part: the stream and the consumers of all services, made before the services need them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from interlinker_shared.events.broker import NATS_ERRORS, Connection, ensure_consumer, ensure_stream
from interlinker_shared.nkey import Identity

LOOK_AGAIN_SECONDS = 0.2


async def prepare(url: str, operator: Identity, consumers: Mapping[str, Sequence[str]], *, within: float) -> None:
    """Make the stream, and for each name a durable consumer of these subjects, or bring it up to date.

    A server that is away is waited for, `within` so many seconds; then raises NATS_ERRORS.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return await _prepare(url, operator, consumers)
        except NATS_ERRORS:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


async def _prepare(url: str, operator: Identity, consumers: Mapping[str, Sequence[str]]) -> None:
    connection = Connection(f"interlinkers-{operator.name}", operator)
    try:
        await connection.connect(url)
        await ensure_stream(connection.jetstream())
        for name, subjects in consumers.items():
            await ensure_consumer(connection.jetstream(), name, sorted(set(subjects)))
    finally:
        await connection.close()
