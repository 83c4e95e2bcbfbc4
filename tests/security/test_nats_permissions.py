"""What each service must not do on NATS with its own key: every one of them against every other, on a real server."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from itertools import groupby
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import AuthorizationError, Error

from interlinker_shared.events.broker import Broker
from interlinker_shared.events.signing import SigningClient
from interlinker_shared.nats_keys import OPERATOR
from interlinker_shared.nkey import Identity, UserKey, new_seed
from interlinker_shared.subjects import STREAM
from interlinker_shared.testing import eventually
from tests.security.conftest import Guarded
from tests.security.nats_attempts import Attempt, attempts

pytestmark = pytest.mark.nats

REFUSAL = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"', re.IGNORECASE)


class Intruder:
    """A service that tries what it must not, and what the server said to that."""

    def __init__(self) -> None:
        self.refused: set[tuple[str, str]] = set()

    async def on_error(self, error: Exception) -> None:
        found = REFUSAL.search(str(error))
        if found:
            self.refused.add((found[1].lower(), found[2].lower()))

    async def try_all(self, client: Client, tried: list[Attempt]) -> None:
        for attempt in tried:
            if attempt.publishes:
                await client.publish(attempt.subject, b"{}", reply=client.new_inbox())
            else:
                await client.subscribe(attempt.subject)
        await client.flush()

    async def knows(self, expected: set[tuple[str, str]]) -> bool:
        return self.refused >= expected


@contextlib.asynccontextmanager
async def connected(guarded: Guarded, name: str, on_error: Any) -> AsyncIterator[Client]:
    """A client with the key of a service, or the operator."""
    identity = guarded.identity(name)
    client = SigningClient(identity.key)
    await client.connect(
        guarded.url, error_cb=on_error, nkeys_seed_str="ours", inbox_prefix=identity.inbox, allow_reconnect=False
    )
    try:
        yield client
    finally:
        await client.close()


async def last_number(guarded: Guarded) -> int:
    """How many messages the stream has ever had."""
    async with Broker(guarded.url, "look", guarded.identity(OPERATOR)).open("look") as connection:
        return int((await connection.jetstream().stream_info(STREAM)).state.last_seq)


async def test_every_service_is_refused_all_that_is_not_its_own(
    guarded: Guarded, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tried, before = attempts(guarded.services), await last_number(guarded)
    for name, group in groupby(tried, key=lambda attempt: attempt.user):
        mine, intruder = list(group), Intruder()
        expected = {("publish" if one.publishes else "subscription", one.subject.lower()) for one in mine}
        async with connected(guarded, name, intruder.on_error) as client:
            await intruder.try_all(client, mine)
            with contextlib.suppress(AssertionError):  # the comparison says what is missing
                await eventually(lambda: intruder.knows(expected))  # noqa: B023 - over before the next round
        assert expected - intruder.refused == set(), f"{name} was not refused"
    assert await last_number(guarded) == before
    record_property("nats_refused", len(tried))
    with capsys.disabled():
        print(f"\nNATS: {len(tried)} forbidden things tried by {len(guarded.services) + 1} users, all refused")


async def test_nobody_gets_in_without_a_key_that_the_server_knows(guarded: Guarded) -> None:
    stranger = Identity("stranger", UserKey(new_seed()))
    for identity in (None, stranger):
        with pytest.raises((AuthorizationError, Error), match="Authorization Violation"):
            async with Broker(guarded.url, "stranger", identity).open("look"):
                pass
