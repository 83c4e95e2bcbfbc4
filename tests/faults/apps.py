"""Two services as small as can be: a writer that records an event per entry, and a reader that notes every effect.

Neither table has a unique constraint beyond its key: whatever happens twice is seen twice. `sabotage` breaks a rule on
purpose, so that the harness can be seen to notice.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import Connection, create_engine, delete, func, insert, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateSchema

from interlinker_shared.app import create_interlinker
from interlinker_shared.cli.server import serve
from interlinker_shared.db import defer
from interlinker_shared.events import Envelope, Event, Handler, nats_subject, record
from interlinker_shared.events.inbox import InboxRow
from interlinker_shared.http import Database as RequestDatabase
from interlinker_shared.http import Member
from interlinker_shared.manifest import Manifest
from interlinker_shared.settings import ServiceSettings, prefixed
from interlinker_shared.text import Wire

WRITER = "writer"
READER = "reader"


class Sabotage(StrEnum):
    """Which rule a service breaks."""

    NONE = ""
    ANSWERS_EARLY = "answers-early"  # the writer says it is stored before it is
    NO_INBOX = "no-inbox"  # the reader forgets at once what it has received
    OUT_OF_ORDER = "out-of-order"  # the reader lets every second event of an aggregate take effect late


class FaultSettings(ServiceSettings):
    """What every service can be told, and which rule to break."""

    model_config = prefixed("FAULTS_")

    sabotage: Sabotage = Sabotage.NONE


class Base(DeclarativeBase):
    """Base of both tables."""


class EntryRow(Base):
    """One write of a client; no number is sent to an aggregate twice."""

    __tablename__ = "fault_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    aggregate: Mapped[str]
    number: Mapped[int]
    padding: Mapped[str]


class EffectRow(Base):
    """One effect of one event, the `aggseq`-th of its aggregate."""

    __tablename__ = "fault_effects"

    id: Mapped[int] = mapped_column(primary_key=True)
    aggregate: Mapped[str]
    number: Mapped[int]
    aggseq: Mapped[int]


_new_entry, _new_effect = insert(EntryRow), insert(EffectRow)


class EntryMade(Event):
    """A client wrote something."""

    name: ClassVar[str] = "entry.made.v1"

    number: int


class EntrySeen(BaseModel):
    """What the reader reads of it."""

    number: int


class Entry(Wire):
    """What a client writes; `padding` makes it as large as a test wants."""

    aggregate: str = Field(max_length=40)
    number: int
    padding: str = Field("", max_length=100_000)


class Rows(BaseModel):
    """All rows in the order they were written, as (aggregate, number) and, of an effect, aggseq."""

    rows: list[tuple[str, int] | tuple[str, int, int]]


class Count(BaseModel):
    """How many rows there are."""

    count: int


def create_writer(name: str, settings: FaultSettings) -> FastAPI:
    """The service that clients write to."""
    router = APIRouter()
    pending: set[asyncio.Task[Entry]] = set()

    @router.post("/entries", status_code=201)
    async def make_entry(body: Entry, db: RequestDatabase, who: Member) -> Entry:
        """Write one entry."""
        work = db.write(_make, body)
        if settings.sabotage is Sabotage.ANSWERS_EARLY:
            task = asyncio.ensure_future(work)
            pending.add(task)
            task.add_done_callback(pending.discard)
            return body
        return await work

    _add_reads(router, "/entries", EntryRow)
    return _create(name, settings, router, events=[EntryMade])


def create_reader(name: str, settings: FaultSettings) -> FastAPI:
    """A service that takes the writer's events; there may be several, by different names."""
    router = APIRouter()
    effects: dict[Sabotage, Callable[[Session, Any, Envelope], None]] = {
        Sabotage.NO_INBOX: _forgotten_effect,
        Sabotage.OUT_OF_ORDER: _LateEffect(),
    }
    handler = Handler(nats_subject(WRITER, EntryMade.name), EntrySeen, effects.get(settings.sabotage, _effect))
    _add_reads(router, "/effects", EffectRow)
    return _create(name, settings, router, handlers=[handler])


def _create(name: str, settings: FaultSettings, router: APIRouter, **more: Any) -> FastAPI:
    manifest = Manifest(id=name, name={"en": name}, description={"en": "For the tests of faults."}, version="1")
    return create_interlinker(manifest, settings, package="interlinker_shared", routers=[router], **more)


def _add_reads(router: APIRouter, path: str, table: type[EntryRow | EffectRow]) -> None:
    @router.get(path, name=f"list_{table.__tablename__}")
    async def list_rows(db: RequestDatabase, who: Member) -> Rows:
        return await db.read(_rows, table)

    @router.get(f"{path}/count", name=f"count_{table.__tablename__}")
    async def count_rows(db: RequestDatabase, who: Member) -> Count:
        return await db.read(_count, table)


def _make(session: Session, entry: Entry) -> Entry:
    session.execute(_new_entry, entry.model_dump())
    record(session, EntryMade(number=entry.number), aggregate=entry.aggregate)
    return entry


def _rows(session: Session, table: type[EntryRow | EffectRow]) -> Rows:
    more = (EffectRow.aggseq,) if table is EffectRow else ()
    found = session.execute(select(table.aggregate, table.number, *more).order_by(table.id))
    return Rows(rows=[tuple(row) for row in found])


def _count(session: Session, table: type[EntryRow | EffectRow]) -> Count:
    return Count(count=session.execute(select(func.count()).select_from(table)).scalar_one())


def _effect(session: Session, event: EntrySeen, envelope: Envelope) -> None:
    session.execute(_new_effect, {"aggregate": envelope.subject, "number": event.number, "aggseq": envelope.aggseq})


def _forgotten_effect(session: Session, event: EntrySeen, envelope: Envelope) -> None:
    _effect(session, event, envelope)
    defer(session, _forget, envelope.id)


def _forget(connection: Connection, ids: list[UUID]) -> None:
    connection.execute(delete(InboxRow).where(InboxRow.event_id.in_(ids)))


class _LateEffect:
    """Lets odd events of an aggregate take effect after the even one that follows."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[EntrySeen, Envelope]] = {}

    def __call__(self, session: Session, event: EntrySeen, envelope: Envelope) -> None:
        if envelope.aggseq % 2:
            self._held[envelope.subject] = (event, envelope)
            return
        _effect(session, event, envelope)
        if envelope.subject in self._held:
            _effect(session, *self._held.pop(envelope.subject))


def _create_tables(place: Path | str, schema: str) -> None:
    if isinstance(place, Path):
        engine = create_engine(f"sqlite:///{place}")
    else:
        url = make_url(place).set(drivername="postgresql+psycopg")
        engine = create_engine(url, connect_args={"options": f"-c search_path={schema}"})
    with engine.begin() as connection:
        if isinstance(place, str):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        Base.metadata.create_all(connection)
    engine.dispose()


def main(name: str) -> None:
    """Serve the writer, or a reader by any other name, until a signal comes; its settings are in the environment."""
    settings = FaultSettings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _create_tables(settings.database(name), name.replace("-", "_"))
    sys.exit(serve(name, partial(create_writer if name == WRITER else create_reader, name), settings))


if __name__ == "__main__":
    main(sys.argv[1])
