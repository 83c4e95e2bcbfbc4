"""Two replicas on one database: neither gives an answer that the other one's writes have made untrue."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from shared.tests.boxes import Box, create_box_app

from interlinker_shared.db import Database
from interlinker_shared.db.versions import SharedVersions, Versions, concerns, versions_of
from interlinker_shared.errors import UnavailableError
from interlinker_shared.testing import RunApp, TokenHeaders, eventually
from interlinker_shared.testing_reads import was_kept

Replicas = tuple[Box, Box]


@pytest.fixture
async def replicas(test_settings: dict[str, Any], postgres_url: str, run_app: RunApp, token: TokenHeaders) -> Replicas:
    settings = test_settings | {"database_url": postgres_url}
    one, other = [Box(await run_app(create_box_app(settings)), token) for _ in range(2)]
    return one, other


@pytest.mark.postgres
async def test_what_one_replica_wrote_the_other_shows_at_once(replicas: Replicas) -> None:
    one, other = replicas
    path = f"/boxes/{(await one.opened())['id']}"
    for number in range(10):
        await other.client.get(path)
        kept = await other.client.get(path)
        await one.ask("PATCH", path, json={"title": f"Box {number}"}, headers={"If-Match": kept.headers["etag"]})
        assert was_kept(kept)
        assert (await other.client.get(path)).json()["title"] == f"Box {number}"


@pytest.mark.postgres
async def test_a_person_erased_at_one_replica_is_gone_at_the_other(replicas: Replicas) -> None:
    one, other = replicas
    path = f"/boxes/{(await one.opened())['id']}"
    for _ in range(2):
        await other.client.get(path)
    assert was_kept(await other.client.get(path))
    await one.ask("DELETE", "/subjects/ana")
    assert not was_kept(await other.client.get(path))


@pytest.mark.postgres
async def test_reads_of_many_wait_for_one_statement(replicas: Replicas) -> None:
    one, other = replicas
    path = f"/boxes/{(await one.opened())['id']}"
    await other.client.get(path)
    answers = await asyncio.gather(*(other.client.get(path) for _ in range(50)))
    assert all(was_kept(answer) for answer in answers)


class Asked:
    """A database that notes what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.go_on = asyncio.Event()
        self.versions = {"a": 1, "b": 2}
        self.away = False

    async def read(self, _fn: object, tags: list[str]) -> dict[str, int]:
        self.statements.append(tags)
        found = {tag: self.versions[tag] for tag in tags}
        await self.go_on.wait()
        if self.away:
            raise UnavailableError("The database is away.")
        return found


async def started(asked: Asked, number: int) -> None:
    """Return once so many statements were sent."""

    async def sent() -> bool:
        return len(asked.statements) >= number

    await eventually(sent)


async def test_one_statement_at_a_time_answers_all_who_wait() -> None:
    asked = Asked()
    shared = SharedVersions(asked)  # type: ignore[arg-type]  # it reads, which is all that is asked of it
    first = asyncio.create_task(shared.unchanged({"a": 1}))
    await started(asked, 1)
    later = [asyncio.create_task(shared.unchanged(versions)) for versions in ({"a": 1}, {"b": 2}, {"b": 1})]
    await asyncio.sleep(0)
    asked.go_on.set()
    assert [await task for task in (first, *later)] == [True, True, True, False]
    assert asked.statements == [["a"], ["a", "b"]]


async def test_who_comes_during_a_statement_gets_the_next_ones_answer() -> None:
    asked = Asked()
    shared = SharedVersions(asked)  # type: ignore[arg-type]  # as above
    before = asyncio.create_task(shared.unchanged({"a": 1}))
    await started(asked, 1)
    asked.versions["a"] = 2
    after = asyncio.create_task(shared.unchanged({"a": 1}))
    await asyncio.sleep(0)
    asked.go_on.set()
    assert [await before, await after] == [True, False]


async def test_while_the_database_is_away_nothing_counts_as_unchanged() -> None:
    asked = Asked()
    asked.away = True
    asked.go_on.set()
    shared = SharedVersions(asked)  # type: ignore[arg-type]  # as above
    assert not await shared.unchanged({"a": 1})
    asked.away = False
    assert await shared.unchanged({"a": 1})


async def test_who_gives_up_does_not_keep_the_others_from_their_answer() -> None:
    asked = Asked()
    shared = SharedVersions(asked)  # type: ignore[arg-type]  # as above
    impatient, patient = [asyncio.create_task(shared.unchanged({"a": 1})) for _ in range(2)]
    await started(asked, 1)
    impatient.cancel()
    asked.go_on.set()
    assert await patient


def test_tags_beyond_measure_let_everything_go() -> None:
    versions = Versions()
    versions.hear({"tag:a"})
    since = versions.now
    assert versions.unchanged(["b"], since)
    versions.hear({f"tag:{number}" for number in range(10_000)})
    versions.hear({"tag:one more"})
    assert not versions.unchanged(["b"], since)
    assert versions.unchanged(["b"], versions.now)


def test_other_signals_change_nothing() -> None:
    versions = Versions()
    versions.hear({"outbox"})
    assert versions.now == 0


async def test_a_write_that_fails_raises_nothing(db: Database) -> None:
    heard: set[str] = set()
    db.on_commit(heard.update)

    def fail(session: Any) -> None:
        concerns(session, "a")
        raise UnavailableError("No.")

    with pytest.raises(UnavailableError):
        await db.write(fail)
    await db.write(concerns, "b")
    assert heard == {"tag:b"}
    assert await db.read(versions_of, ["a", "b"]) == {"a": 0, "b": int(db.shared)}
