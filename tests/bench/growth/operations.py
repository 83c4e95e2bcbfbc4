"""What a forum does over and over, and must do as fast with a million rows behind it as with a thousand."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from interlinker_forum import actions, store
from interlinker_forum.models import PostCreate
from interlinker_shared.assets.changes import list_changes
from interlinker_shared.auth import Principal, Role
from interlinker_shared.events import Envelope, Handler, event_type, held, nats_subject, outbox
from interlinker_shared.events.inbox import Inbox, Verdict
from interlinker_shared.http.paging import PageOf
from interlinker_shared.ids import new_id
from interlinker_shared.state import Kit
from tests.bench.blocks import LIMIT, prose
from tests.bench.growth.filling import copy_id
from tests.bench.processes import BenchError

FEED = 100
BATCH = 512
WAITING = 500
EVENT = "thing.done.v1"
AUTHOR = Principal("a-writer", Role.MEMBER)


class Anything(BaseModel):
    """What a consumer reads that needs nothing of an event."""


INBOX = Inbox("bench", [Handler(nats_subject("elsewhere", EVENT), Anything, lambda _session, _payload, _event: None)])


@dataclass
class Forum:
    """A running forum with `rows` posts in one topic, and as many events, changes and received events."""

    kit: Kit
    rows: int
    topic: UUID
    chance: random.Random

    def somewhere(self) -> int:
        """The number of any row."""
        return self.chance.randint(1, self.rows)

    def nine_tenths(self) -> int:
        """The number of the row that nine of ten come before."""
        return self.rows * 9 // 10


Operation = Callable[[Forum], Awaitable[None]]


async def list_first(forum: Forum) -> None:
    """The first page of posts."""
    rows = await forum.kit.db.read(store.page_of_posts, forum.topic, PageOf(LIMIT))
    _expect(len(rows) == LIMIT + 1)


async def list_deep(forum: Forum) -> None:
    """A page of posts after nine tenths of them."""
    page = PageOf(LIMIT, [str(copy_id(forum.nine_tenths()))])
    rows = await forum.kit.db.read(store.page_of_posts, forum.topic, page)
    _expect(len(rows) == LIMIT + 1)


async def read_one(forum: Forum) -> None:
    """A post anywhere."""
    wanted = copy_id(forum.somewhere())
    _expect((await forum.kit.db.read(store.post, wanted)).id == wanted)


async def write_one(forum: Forum) -> None:
    """A new post, durable, with its events."""
    body = PostCreate(text=prose(forum.somewhere()))
    await forum.kit.db.write(actions.publish_post, forum.topic, body, by=AUTHOR, now=datetime.now(UTC))


async def changes_feed(forum: Forum) -> None:
    """A page of the delta feed."""
    _expect(len(await forum.kit.db.read(list_changes, forum.nine_tenths(), FEED)) == FEED)


async def events_feed(forum: Forum) -> None:
    """A page of recorded events."""
    _expect(len(await forum.kit.db.read(outbox.list_events, forum.nine_tenths(), FEED)) == FEED)


async def relay_batch(forum: Forum) -> None:
    """What the relay takes next, with all the published rows before it."""
    _expect(WAITING <= len(await forum.kit.db.read(outbox.waiting, BATCH)) <= BATCH)


async def receive(forum: Forum) -> None:
    """An event of another service that takes effect, durably."""
    envelope = envelope_of(new_id())
    verdicts = await forum.kit.db.write(INBOX.take, [envelope], datetime.now(UTC))
    _expect(verdicts == [Verdict.DONE])


async def dead_letters(forum: Forum) -> None:
    """The dead letters that an operator looks at."""
    _expect(len(await forum.kit.db.read(held.list_dead_letters, FEED)) == FEED)


def _expect(holds: bool) -> None:
    if not holds:
        raise BenchError("an operation gave something else than it should: not measured")


OPERATIONS: dict[str, Operation] = {
    "list-first": list_first,
    "list-deep": list_deep,
    "read-one": read_one,
    "write-one": write_one,
    "changes-feed": changes_feed,
    "events-feed": events_feed,
    "relay-batch": relay_batch,
    "receive": receive,
}
WITH_DEAD_LETTERS: dict[str, Operation] = {"dead-letters": dead_letters, "receive-beside-dead-letters": receive}


def envelope_of(event_id: UUID) -> Envelope:
    """An event of a service that is not here."""
    return Envelope(
        id=event_id,
        source="/elsewhere/main",
        type=event_type("elsewhere", EVENT),
        subject=str(event_id),
        time=datetime.now(UTC),
        aggseq=1,
        aggcounts=f"{EVENT}=1",
        data={"thing": "done"},
    )


def note_failure(session: Session) -> None:
    """One dead letter, which the others are made of."""
    held.note_failure(session, INBOX.consumer, envelope_of(new_id()), "it failed", datetime.now(UTC))
