"""What the broker says about the stream, asked as its operator would."""

from __future__ import annotations

import nats

from interlinker_shared.subjects import STREAM

ASK_SECONDS = 2


async def under_way(url: str) -> int:
    """How many events wait for a consumer, or for its acknowledgement; raises NATS_ERRORS while the server is away."""
    client = await nats.connect(url, allow_reconnect=False, connect_timeout=ASK_SECONDS)
    try:
        consumers = await client.jetstream(timeout=ASK_SECONDS).consumers_info(STREAM)
        return sum((one.num_pending or 0) + (one.num_ack_pending or 0) for one in consumers)
    finally:
        await client.close()
