"""Events on their way out: the outbox, numbers per aggregate, and the relay to a real nats-server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

import nats
import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError
from shared.tests.boxes import BoxFilled, fill
from sqlalchemy.orm import Session

from interlinker_shared.clock import utc_now
from interlinker_shared.db import Database
from interlinker_shared.events import Event, outbox, record
from interlinker_shared.events.broker import Broker, ServerTooOldError, check_version
from interlinker_shared.events.metrics import EventMetrics
from interlinker_shared.events.relay import Relay
from interlinker_shared.events.replay import publish_again
from interlinker_shared.ids import new_id
from interlinker_shared.nats_server import write_config
from interlinker_shared.subjects import STREAM
from interlinker_shared.testing import eventually, free_port, nats_running, nats_server
from interlinker_shared.trace import follow

OpenDb = Callable[..., Database]


class LidOpened(Event):
    """Somebody looked in."""

    name: ClassVar[str] = "lid.opened.v1"

    box: UUID


async def feed(db: Database) -> list[dict[str, Any]]:
    """The recorded events, oldest first."""
    return [json.loads(text) for _, text in await db.read(outbox.list_events, 0, 100_000)]


async def waiting(db: Database) -> int:
    """How many events are not published yet."""
    return (await db.read(outbox.backlog))[0]


@contextlib.asynccontextmanager
async def relaying(db: Database, url: str, metrics: EventMetrics | None = None) -> AsyncIterator[Broker]:
    """A relay at work."""
    broker = Broker(url, "test")
    task = asyncio.create_task(Relay(db, broker, metrics).run())
    try:
        yield broker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.close()


async def stored(url: str, service: str) -> list[dict[str, Any]]:
    """All events of a service that the stream holds, in its order."""
    client = await nats.connect(url)
    subscription = await client.jetstream().subscribe(f"interlink.{service}.>", ordered_consumer=True)
    found = []
    with contextlib.suppress(TimeoutError, nats.errors.TimeoutError):
        while True:
            found.append(json.loads((await subscription.next_msg(timeout=0.3)).data))
    await client.close()
    return found


def by_aggregate(events: list[dict[str, Any]]) -> dict[str, list[int]]:
    """The numbers of each aggregate's events, in the order of the list."""
    numbers = defaultdict(list)
    for event in events:
        numbers[event["subject"]].append(event["aggseq"])
    return numbers


async def test_an_event_is_recorded_with_its_write_or_not_at_all(db: Database) -> None:
    def fill_then_fail(session: Session) -> None:
        fill(session, uuid4(), 1)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(fill_then_fail)
    assert await feed(db) == []
    await db.write(fill, uuid4(), 2)
    assert [event["data"]["number"] for event in await feed(db)] == [2]


async def test_an_aggregates_events_are_numbered_without_a_gap_under_concurrency(db: Database) -> None:
    boxes = [uuid4() for _ in range(5)]
    await asyncio.gather(*(db.write(fill, box, number) for number in range(40) for box in boxes))
    numbers = by_aggregate(await feed(db))
    assert numbers == {str(box): list(range(1, 41)) for box in boxes}


async def test_a_failed_write_leaves_no_gap_in_the_numbers(db: Database) -> None:
    box = uuid4()

    def fill_then_fail(session: Session) -> None:
        fill(session, box, 0)
        raise LookupError

    jobs = [db.write(fill, box, 1), db.write(fill_then_fail), db.write(fill, box, 2)]
    await asyncio.gather(*jobs, return_exceptions=True)
    assert by_aggregate(await feed(db))[str(box)] == [1, 2]


async def test_an_event_says_where_it_comes_from_and_carries_the_trace(db: Database) -> None:
    follow("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    await db.write(lambda session: record(session, BoxFilled(box=uuid4(), number=1), aggregate="a", actor="anna"))
    (event,) = await feed(db)
    assert (event["source"], event["type"]) == ("/boxes/main", "eu.interlinkers.boxes.box.filled.v1")
    assert (event["specversion"], event["subject"], event["actor"]) == ("1.0", "a", "anna")
    assert event["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


def test_an_event_with_a_bad_name_cannot_be_written_down() -> None:
    with pytest.raises(TypeError, match=r"thing\.verb\.v1"):
        type(
            "Bad",
            (Event,),
            {"name": "Box Filled", "__annotations__": {"name": "ClassVar[str]"}, "__module__": __name__},
        )


def test_an_event_takes_only_what_it_declares() -> None:
    with pytest.raises(ValidationError):
        BoxFilled.model_validate({"box": uuid4(), "number": 1, "text": "personal"})


@pytest.fixture
def source() -> str:
    """A service that no other test's events in the stream come from."""
    return f"s{new_id().hex}"


@pytest.mark.nats
async def test_events_reach_the_stream_once_and_in_order(open_db: OpenDb, nats_url: str, source: str) -> None:
    db = open_db(source)
    boxes = [uuid4() for _ in range(4)]
    async with relaying(db, nats_url):
        await asyncio.gather(*(db.write(fill, box, number) for number in range(30) for box in boxes))
        await eventually(lambda: _none_waits(db))
    found = await stored(nats_url, source)
    assert by_aggregate(found) == {str(box): list(range(1, 31)) for box in boxes}
    await db.close()


@pytest.mark.nats
async def test_events_published_again_are_stored_once(open_db: OpenDb, nats_url: str, source: str) -> None:
    db = open_db(source)
    async with relaying(db, nats_url):
        await db.write(fill, uuid4(), 1)
        await eventually(lambda: _none_waits(db))
        assert await db.write(publish_again, since=utc_now().replace(year=2000)) == 1
        await eventually(lambda: _none_waits(db))
    assert len(await stored(nats_url, source)) == 1
    await db.close()


@pytest.mark.nats
async def test_without_nats_events_wait_and_leave_when_it_comes(open_db: OpenDb, tmp_path: Path) -> None:
    db, port = open_db("waits"), free_port()
    async with relaying(db, f"nats://127.0.0.1:{port}") as broker:
        for number in range(10):
            await db.write(fill, uuid4(), number)
        assert await waiting(db) == 10
        assert not broker.connected
        with nats_server(tmp_path / "late", port):
            await eventually(lambda: _none_waits(db), within=10)
            assert len(await stored(f"nats://127.0.0.1:{port}", "waits")) == 10
    await db.close()


@pytest.mark.nats
async def test_a_killed_nats_server_loses_nothing(open_db: OpenDb, tmp_path: Path) -> None:
    db, port, boxes = open_db("killed"), free_port(), [uuid4() for _ in range(3)]
    url = f"nats://127.0.0.1:{port}"
    async with relaying(db, url):
        for round_ in range(3):
            with nats_server(tmp_path / "killed", port) as server:
                await asyncio.gather(*(db.write(fill, box, number) for number in range(40) for box in boxes))
                if round_ < 2:
                    server.send_signal(signal.SIGKILL)
                    server.wait(5)
                    continue
                await eventually(lambda: _none_waits(db), within=20)
                found = await stored(url, "killed")
    assert by_aggregate(found) == {str(box): list(range(1, 121)) for box in boxes}
    await db.close()


async def _none_waits(db: Database) -> bool:
    return await waiting(db) == 0


@pytest.mark.nats
async def test_the_stream_can_neither_be_purged_nor_lose_single_messages(nats_url: str) -> None:
    async with Broker(nats_url, "test").open("look") as connection:
        info = await connection.client.jetstream().stream_info(STREAM)
    assert (info.config.deny_delete, info.config.deny_purge, info.config.storage) == (True, True, "file")
    assert (info.config.max_age, info.config.duplicate_window) == (90 * 86_400, 600)


@pytest.mark.nats
async def test_an_event_on_a_forbidden_subject_holds_up_only_its_own_aggregate(open_db: OpenDb, tmp_path: Path) -> None:
    port, db, metrics = free_port(), open_db("strict"), EventMetrics(CollectorRegistry())
    config = write_config(tmp_path / "strict", port)
    rules = 'authorization { users = [{user: u, password: p, permissions: {publish: {deny: "interlink.*.lid.>"}}}] }\n'
    config.write_text(config.read_text() + rules)
    refused, free, url = uuid4(), uuid4(), f"nats://u:p@127.0.0.1:{port}"
    await db.write(lambda session: record(session, LidOpened(box=refused), aggregate=refused))
    with nats_running(config, port):
        async with relaying(db, url, metrics):
            await eventually(lambda: _counts(metrics, "event_publish_errors_total", 1, reason="forbidden"))
            await db.write(fill, refused, 1)
            await db.write(fill, free, 1)
            await eventually(lambda: _counts(metrics, "events_published_total", 1))
            assert by_aggregate(await stored(url, "strict")) == {str(free): [1]}
            assert await waiting(db) == 2
    await db.close()


async def _counts(metrics: EventMetrics, name: str, value: float, **labels: str) -> bool:
    return metrics.registry.get_sample_value(name, labels) == value


@pytest.mark.parametrize(("major", "minor", "fits"), [(2, 9, False), (1, 99, False), (2, 10, True), (3, 0, True)])
def test_an_old_nats_server_is_refused(major: int, minor: int, fits: bool) -> None:
    client = cast("Any", SimpleNamespace(connected_server_version=SimpleNamespace(major=major, minor=minor)))
    with contextlib.nullcontext() if fits else pytest.raises(ServerTooOldError, match="too old"):
        check_version(client)


def test_ids_of_one_moment_stand_side_by_side() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    assert isinstance(made[0], UUID)


async def test_events_are_kept_for_thirty_days_and_longer_while_they_wait_for_a_broker(db: Database) -> None:
    for number in (1, 2):
        await db.write(fill, uuid4(), number)
    ((first, _), _second) = await db.read(outbox.list_events, 0, 10)
    await db.write(outbox.mark_published, [first], utc_now())
    for days, left in ((29, [1, 2]), (31, [2])):
        await db.write(outbox.forget_old, utc_now() + timedelta(days=days))
        assert [event["data"]["number"] for event in await feed(db)] == left


async def test_a_block_that_knows_no_broker_forgets_its_old_events_too(db: Database) -> None:
    await db.write(fill, uuid4(), 1)
    later = utc_now() + timedelta(days=31)
    assert await db.write(outbox.forget_old, later, unpublished=True) > 0
    assert await db.write(outbox.forget_old, later, unpublished=True) == 0
    assert await feed(db) == []
