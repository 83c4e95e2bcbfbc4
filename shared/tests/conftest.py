"""The small block at work, and a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import SERVICE, Box, Boxes, Clock, create_box_app
from shared.tests.shelves import SHELF, Consumer

from interlinker_shared.db import Database, open_database
from interlinker_shared.events.inbox import Inbox
from interlinker_shared.testing import RunApp, TokenHeaders


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
def shelf(consumer: Consumer) -> Inbox:
    return Inbox(SHELF, consumer.handlers)


@pytest.fixture
def boxes() -> Boxes:
    return Boxes()


@pytest.fixture
def app(test_settings: dict[str, Any], boxes: Boxes, clock: Clock) -> FastAPI:
    return create_box_app(test_settings, kind=boxes.kind(), clock=clock)


@pytest.fixture
async def box(app: FastAPI, run_app: RunApp, token: TokenHeaders) -> Box:
    return Box(await run_app(app), token)


@pytest.fixture
def open_db(tmp_path: Path, database_url: str | None) -> Callable[..., Database]:
    """Open the test's database, with shared's tables; it is closed by whoever started it. Once on SQLite, once on PostgreSQL."""

    def opened(service: str = SERVICE, **options: Any) -> Database:
        place = database_url or tmp_path / f"{service}.sqlite3"
        db = open_database(place, service=service, instance="main", **options)
        db.migrate()
        db.start()
        return db

    return opened


@pytest.fixture
async def db(open_db: Callable[..., Database]) -> AsyncIterator[Database]:
    database = open_db()
    yield database
    await database.close()
