"""Growth: the same operations on a thousand rows and on a million, turn by turn in one process."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from interlinker_forum import actions
from interlinker_forum.app import create_app
from interlinker_forum.models import PostCreate, TopicCreate
from interlinker_forum.settings import ForumSettings
from interlinker_shared.assets import AssetCreate
from interlinker_shared.assets import actions as assets
from interlinker_shared.ids import new_id
from interlinker_shared.state import Kit
from tests.bench.blocks import SECRET, prose
from tests.bench.growth.filling import drop_indexes, fill, filling
from tests.bench.growth.operations import (
    AUTHOR,
    INBOX,
    OPERATIONS,
    WAITING,
    WITH_DEAD_LETTERS,
    Forum,
    Operation,
    envelope_of,
    note_failure,
)
from tests.bench.stage import Stage
from tests.bench.storage import Storage
from tests.results import Figure, at_most

TABLES = ("posts", "outbox", "changes", "inbox", "heads")
DEAD = "dead_letters"
TURNS = 200
UNCOUNTED = 20
ENOUGH_SECONDS = 4.0  # for an operation that has become slow; the figure then is the median of fewer turns
GOAL = at_most(1.3)


@dataclass(frozen=True)
class Turns:
    """Seconds that one operation took on few rows and on many, a pair for each turn."""

    few: Sequence[float]
    many: Sequence[float]

    @property
    def slowdown(self) -> float:
        """How many times as long it takes on many rows."""
        return median(self.many) / median(self.few)


@dataclass(frozen=True)
class Seed:
    """What was written through the service before the database was filled with copies of it."""

    topic: UUID


def measure(stage: Stage, storage: str) -> list[Figure]:
    """The figures of all operations."""
    kept = {rows: stage.storages.open(storage, "forum", stage.new_folder("growth")) for rows in stage.options.sizes}
    turns = uvloop.run(_measure(stage, kept))
    return [figure_of(f"growth.{storage}.{name}", found, stage.options.sizes) for name, found in turns.items()]


def figure_of(name: str, turns: Turns, sizes: tuple[int, int]) -> Figure:
    """How much slower an operation has become."""
    few, many = (median(seconds) * 1e6 for seconds in (turns.few, turns.many))
    how = f"{many:.0f} us with {sizes[1]} rows, medians of {len(turns.few)} alternating turns in process"
    beside = f"{sizes[0]} rows: {few:.0f} us"
    return Figure(name=f"{name}.slowdown", value=turns.slowdown, unit="times", goal=GOAL, how=how, beside=beside)


async def _measure(stage: Stage, kept: Mapping[int, Storage]) -> dict[str, Turns]:
    seeds = {}
    for rows, storage in kept.items():
        stage.say(f"growth: filling {rows} rows each")
        seeds[rows] = await seed(storage)
        fill_with_copies(storage, rows, TABLES, sabotaged=stage.options.sabotage == "no-index")
    found = await _take_turns(stage, kept, seeds, OPERATIONS)
    for rows, storage in kept.items():
        stage.say(f"growth: filling {rows} dead letters")
        fill_with_copies(storage, rows, (DEAD,))
    return found | await _take_turns(stage, kept, seeds, WITH_DEAD_LETTERS)


async def _take_turns(
    stage: Stage, kept: Mapping[int, Storage], seeds: Mapping[int, Seed], operations: Mapping[str, Operation]
) -> dict[str, Turns]:
    async with contextlib.AsyncExitStack() as stack:
        kits = {rows: await stack.enter_async_context(running(kept[rows])) for rows in stage.options.sizes}
        few, many = (Forum(kits[rows], rows, seeds[rows].topic, chance(rows)) for rows in stage.options.sizes)
        found = {}
        for name, operation in operations.items():
            stage.say(f"growth: {name}")
            found[name] = await _turns(operation, few, many)
        return found


async def _turns(operation: Operation, few: Forum, many: Forum) -> Turns:
    pairs: list[tuple[float, float]] = []
    deadline = time.perf_counter() + ENOUGH_SECONDS
    while len(pairs) < TURNS + UNCOUNTED and time.perf_counter() < deadline:
        pairs.append(await _turn(operation, few, many, few_first=len(pairs) % 2 == 0))
    counted = pairs[UNCOUNTED:] or pairs
    return Turns([pair[0] for pair in counted], [pair[1] for pair in counted])


async def _turn(operation: Operation, few: Forum, many: Forum, *, few_first: bool) -> tuple[float, float]:
    # Who goes second may pay for what the first one has left to the disk: they take turns in that, too.
    if few_first:
        return await _timed(operation, few), await _timed(operation, many)
    on_many = await _timed(operation, many)
    return await _timed(operation, few), on_many


async def _timed(operation: Operation, forum: Forum) -> float:
    began = time.perf_counter()
    await operation(forum)
    return time.perf_counter() - began


def chance(rows: int) -> random.Random:
    """The same numbers in every run."""
    return random.Random(rows)


async def seed(storage: Storage) -> Seed:
    """Write through the service one row of each kind that is to be copied."""
    now = datetime.now(UTC)
    async with running(storage) as kit:
        assert kit.assets is not None
        create = AssetCreate(title="A greener town", language="en", config={})
        board = await kit.db.write(assets.create_asset, kit.assets, create, by="owner", now=now)
        await kit.db.write(assets.open_asset, kit.assets, board.id, now=now)
        opening = TopicCreate(title="Shade", text=prose(0))
        topic = await kit.db.write(actions.open_topic, board.id, opening, by=AUTHOR, now=now)
        await kit.db.write(actions.publish_post, topic.id, PostCreate(text=prose(1)), by=AUTHOR, now=now)
        await kit.db.write(INBOX.take, [envelope_of(new_id())], now)
        await kit.db.write(note_failure)
    return Seed(topic.id)


@contextlib.asynccontextmanager
async def running(storage: Storage) -> AsyncIterator[Kit]:
    """A forum in this process, without its HTTP: what is measured is what grows."""
    app = create_app(ForumSettings(secret=SecretStr(SECRET), nats_url=None, registry_url=None, **storage.settings))
    async with app.router.lifespan_context(app):
        yield app.state.kit


def fill_with_copies(storage: Storage, rows: int, tables: Sequence[str], *, sabotaged: bool = False) -> None:
    """Make it `rows` rows in each table; all events but the last ones are published."""
    with filling(storage.url) as connection:
        for table in tables:
            fill(connection, table, rows)
        if "outbox" in tables:
            waiting = text("UPDATE outbox SET published_at = NULL WHERE id > :published")
            connection.execute(waiting, {"published": rows - WAITING})
        if sabotaged:
            drop_indexes(connection)
