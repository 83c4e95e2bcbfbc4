"""Growth: the copies are what the service would have written, and an operation that slows down is seen to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.bench.growth.filling import copy_id
from tests.bench.stage import Options, Stage, stage
from tests.bench.storage import SqliteStorage
from tests.results import Figure

if find_spec("interlinker_forum") is None:
    pytest.skip("the forum is not installed here", allow_module_level=True)

from tests.bench.growth import measuring, operations

ROWS = 1_200


@pytest.fixture
def storage(tmp_path: Path) -> SqliteStorage:
    return SqliteStorage("forum", tmp_path)


@pytest.mark.parametrize(("many", "reached"), [([1.0, 1.2, 9.0], True), ([1.0, 1.4, 9.0], False)])
def test_operation_that_slows_down_misses_its_goal(many: list[float], *, reached: bool) -> None:
    figure = measuring.figure_of("x", measuring.Turns([0.5, 1.0, 1.5], many), (10, 100))
    assert figure.reached is reached


async def test_every_operation_works_on_a_filled_database(storage: SqliteStorage) -> None:
    seed = await measuring.seed(storage)
    measuring.fill_with_copies(storage, ROWS, measuring.TABLES)
    measuring.fill_with_copies(storage, ROWS, (measuring.DEAD,))
    async with measuring.running(storage) as kit:
        forum = operations.Forum(kit, ROWS, seed.topic, measuring.chance(ROWS))
        for operation in (operations.OPERATIONS | operations.WITH_DEAD_LETTERS).values():
            await operation(forum)  # each checks what it gets
    assert storage.count("posts") == ROWS + 1
    assert storage.count("inbox") == ROWS + 2


async def test_filled_database_goes_on_counting_where_the_copies_end(storage: SqliteStorage) -> None:
    seed = await measuring.seed(storage)
    measuring.fill_with_copies(storage, ROWS, measuring.TABLES)
    async with measuring.running(storage) as kit:
        forum = operations.Forum(kit, ROWS, seed.topic, measuring.chance(ROWS))
        await operations.write_one(forum)
        await operations.read_one(replace(forum, rows=1))
    assert storage.count("outbox") > ROWS
    assert copy_id(ROWS).int == ROWS


@pytest.fixture
def small() -> Iterator[Stage]:
    """A stage where many means sixty thousand rows, without the indexes that make no difference to a thousand."""
    options = Options(sizes=(1_200, 60_000), sabotage="no-index")
    with stage(options, lambda _text: None) as ready:
        yield ready


@pytest.mark.slow
def test_missing_index_shows_in_the_figures_of_growth(small: Stage) -> None:
    figures: dict[str, Figure] = {figure.name: figure for figure in measuring.measure(small, "sqlite")}
    assert figures["growth.sqlite.relay-batch.slowdown"].reached is False
