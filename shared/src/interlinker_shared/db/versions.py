"""What answers depend on: a tag is noted by whoever reads a thing and raised by whoever writes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy import Table, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from interlinker_shared.db.jobs import DEFERRED, defer, signal
from interlinker_shared.db.types import SharedBase
from interlinker_shared.errors import UnavailableError

if TYPE_CHECKING:
    from interlinker_shared.db.database import Database

T = TypeVar("T")

ASSETS = "assets"
"""The tag of the list of assets; an asset's own tag is its id."""
EVERYTHING = "*"
"""Raised by what goes through all things at once, such as forgetting a person."""

SEEN = "interlinkers.seen"
"""Where the scope of a request whose answer may be kept holds what that depends on."""

_SIGNAL = "tag:"
_SEEN = "seen"
_MOST_TAGS = 10_000


class VersionRow(SharedBase):
    """How often a tag was raised, for replicas to compare; the sum over its slots counts.

    Writers that raise the same tag at the same time would have to repeat their work if they counted in one row.
    """

    __tablename__ = "versions"

    tag: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]


_versions = cast("Table", VersionRow.__table__)
_RAISE = (
    "INSERT INTO versions (tag, slot, version) SELECT tag, pg_backend_pid() % 16, 1 FROM unnest($1::text[]) AS tag "
    "ON CONFLICT (tag, slot) DO UPDATE SET version = versions.version + 1"
)


def concerns(session: Session, tag: str) -> None:
    """Say that this session looks at what `tag` names: what it reads depends on it, what it writes changes it.

    It stands where a thing is loaded. Nobody can write to a thing without loading it first, so no write can forget it.
    """
    if DEFERRED in session.info:
        signal(session, _SIGNAL + tag)
        if _is_shared(session):
            defer(session, _raise_all, tag)
    elif (seen := session.info.get(_SEEN)) is not None:
        seen.add(tag)


class Seen:
    """What an answer depends on: tags, and the version that each had in the snapshot it was read from."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.versions: dict[str, int] = {}
        self.torn = False

    def read(self, session: Session, fn: Callable[[Session], T]) -> T:
        """Run `fn(session)` and note what it looks at."""
        tags = session.info[_SEEN] = set[str]()
        try:
            found = fn(session)
        finally:
            del session.info[_SEEN]
        if tags:
            self._note(session, {*tags, EVERYTHING})
        return found

    def _note(self, session: Session, tags: set[str]) -> None:
        versions = versions_of(session, sorted(tags)) if _is_shared(session) else dict.fromkeys(tags, 0)
        for tag, version in versions.items():
            # Two reads of one answer that saw different versions: it is true of no moment, so it is not kept.
            self.torn = self.torn or self.versions.get(tag, version) != version
        self.versions |= versions


class Versions:
    """When each tag was raised last, counted in commits that this process has heard of since it started."""

    def __init__(self) -> None:
        """Nothing was raised yet."""
        self.now = 0
        self._raised: dict[str, int] = {}
        self._oldest = 0

    def forget(self) -> None:
        """Let nothing that was read so far count as unchanged."""
        self.now += 1
        self._raised.clear()
        self._oldest = self.now

    def hear(self, signals: set[str]) -> None:
        """Take in the signals of a commit; on the event loop, before its writers get their answers."""
        if (
            _SIGNAL in signals
        ):  # which no commit raises: it is the set that holds every signal, for nobody knows which came
            self.forget()
            return
        tags = [name.removeprefix(_SIGNAL) for name in signals if name.startswith(_SIGNAL)]
        if not tags:
            return
        if len(self._raised) >= _MOST_TAGS:
            self.forget()
        self.now += 1
        self._raised.update(dict.fromkeys(tags, self.now))

    def unchanged(self, tags: Iterable[str], since: int) -> bool:
        """Whether none of `tags` was raised after `since`, which was `now` before the read began."""
        raised = self._raised
        for tag in tags:  # a loop, for `all` with a generator takes three times as long, and every hit comes by here
            if raised.get(tag, 0) > since:
                return False
        return since >= self._oldest


class SharedVersions:
    """The versions in a database that other processes write to as well, asked by all who wait in one statement at a time."""

    def __init__(self, db: Database) -> None:
        """Nobody asks yet."""
        self._db = db
        self._wanted: set[str] = set()
        self._next: asyncio.Future[dict[str, int]] | None = None
        self._flight: asyncio.Task[None] | None = None

    def alone(self) -> bool:
        """Whether nobody needs to be asked: what this process has heard of is all there is."""
        return self._db.alone()

    async def unchanged(self, versions: Mapping[str, int]) -> bool:
        """Whether all tags still have these versions, at a moment after this call; False when nobody can tell."""
        if not versions:
            return True
        self._wanted.update(versions)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        answer = self._next  # one that begins after now: the flight that is under way may have read before a commit
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
        try:
            found = await asyncio.shield(answer)
        except UnavailableError:
            return False
        return all(found.get(tag, 0) == version for tag, version in versions.items())

    async def _fly(self) -> None:
        while self._next is not None:
            answer, wanted = self._next, sorted(self._wanted)
            self._next, self._wanted = None, set()
            try:
                found = await self._db.read(versions_of, wanted)
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                answer.set_exception(error if isinstance(error, UnavailableError) else UnavailableError(str(error)))
                answer.exception()  # heard, even if nobody waits any more
            else:
                answer.set_result(found)
        self._flight = None


def versions_of(session: Session, tags: Sequence[str]) -> dict[str, int]:
    """The version of each of `tags`; 0 of one that was never raised."""
    query = select(_versions.c.tag, func.sum(_versions.c.version).label("version")).where(_versions.c.tag.in_(tags))
    found = session.execute(query.group_by(_versions.c.tag))
    return dict.fromkeys(tags, 0) | {row.tag: int(row.version) for row in found}


def _raise_all(connection: Connection, tags: list[str]) -> None:
    from interlinker_shared.db.postgres.direct import direct  # noqa: PLC0415 - SQLite, where nobody raises, needs no driver

    direct(connection).run_many(_RAISE, [(sorted(set(tags)),)])


def _is_shared(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
