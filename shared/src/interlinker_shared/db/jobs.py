"""What waits to be written: jobs, what they leave for the end of their group, and how a group of them runs on one connection."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

GROUP = 64
SIGNALS = "signals"
DEFERRED = "deferred"
WRITES = "writes"
CONNECTION = "connection"

FULL_MESSAGE = "The storage of this service is full. Nothing of this was stored; try again once there is room."
LATE_MESSAGE = "This took too long and was stopped; nothing was changed. Ask for less at once."

Write = TypeVar("Write", bound=Callable[..., Any])
Flush = Callable[[Connection, list[Any]], None]


class LostLockError(Exception):
    """The connection that held an exclusive lock is gone: another replica may be at work by now."""


class LostGroupError(Exception):
    """The transaction cannot go on; nothing of the group is stored. The cause says why."""


@dataclass(eq=False)
class Job:
    """One write: `run(session)` gives its result. It may run again when its group has to: it keeps nothing but its result."""

    run: Callable[[Session], Any]
    future: asyncio.Future[Any]
    context: contextvars.Context
    brief: bool = False
    result: Any = None
    error: BaseException | None = None
    signals: set[str] = field(default_factory=set)
    deferred: list[tuple[Flush, Any]] = field(default_factory=list)

    def reset(self) -> None:
        """Forget an attempt."""
        self.result, self.error = None, None
        self.signals.clear()
        self.deferred.clear()

    def fail(self, error: BaseException) -> None:
        """Forget the attempt but for its error."""
        self.reset()
        self.error = error

    def settle(self) -> None:
        """On the loop: hand the outcome to who waits, if she still does."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def brief(write: Write) -> Write:
    """Declare that a write takes a few statements by key, however much is stored, and waits for nothing.

    On SQLite it runs on the event loop, where nothing else happens meanwhile; a statement of it that takes longer than a
    read may there is stopped, and all of the write repeated in the writer's thread.
    """
    write.__dict__["brief"] = True
    return write


def is_brief(write: object) -> bool:
    """Whether a write is declared so."""
    return getattr(write, "brief", False) is True


def signal(session: Session, name: str) -> None:
    """Raise a signal that commit listeners hear once this job is committed."""
    session.info.get(SIGNALS, set()).add(name)


def defer(session: Session, flush: Flush, value: Any) -> None:
    """Leave `value` for the end of the group: `flush(connection, values)` runs once, just before the commit.

    `values` are those of the jobs that succeeded, in their order. What many jobs append to one table costs one statement
    instead of one each, and on PostgreSQL such groups end one after the other, so that numbers become visible in order.
    """
    session.info[DEFERRED].append((flush, value))


def connection_of(session: Session | Connection) -> Connection:
    """The connection of a session. Where we opened the session we know it; SQLAlchemy looks for it for 10 us."""
    if isinstance(session, Connection):
        return session
    known: Connection | None = session.info.get(CONNECTION)
    return known or session.connection()


def count_write(connection: Connection) -> None:
    """Count a statement that may change something; what runs past SQLAlchemy's own events must say so here."""
    connection.info[WRITES] = connection.info.get(WRITES, 0) + 1


def writes_of(connection: Connection) -> int:
    """How many such statements have run on this connection."""
    return int(connection.info.get(WRITES, 0))


class Transaction(Protocol):
    """What the jobs of a group need to know about the transaction that they share."""

    def begin_job(self) -> None:
        """A job begins."""

    def end_job(self) -> None:
        """It succeeded."""

    def undo_job(self) -> bool:
        """It failed: leave nothing of it. False when that is not possible, so that all of the group is lost."""


class Group:
    """Runs jobs on one connection, inside a transaction that somebody else begins and commits."""

    def __init__(self, connection: Connection, info: dict[str, Any]) -> None:
        """`info` goes into every session."""
        self._connection = connection
        self._info = info
        self._session: Session | None = None

    def run(self, jobs: Sequence[Job], transaction: Transaction) -> None:
        """Run `jobs`; each that fails keeps its error. Raises LostGroupError when the others are lost with it."""
        try:
            for job in jobs:
                transaction.begin_job()
                if self._succeeds(job):
                    transaction.end_job()
                elif not transaction.undo_job():
                    raise LostGroupError from job.error
        finally:
            self._renew()

    def flush(self, jobs: Sequence[Job]) -> None:
        """Write what the jobs that succeeded left for the end."""
        for flush, values in deferred_by(jobs):
            flush(self._connection, values)

    def _succeeds(self, job: Job) -> bool:
        session = self._session
        if session is None:
            session = self._session = Session(
                self._connection,
                join_transaction_mode="rollback_only",
                info=self._info | {CONNECTION: self._connection},
            )
        session.info[SIGNALS], session.info[DEFERRED] = job.signals, job.deferred
        try:
            job.result = job.context.run(job.run, session)
            if session.in_transaction() or session.new:  # otherwise nobody has used its ORM
                session.flush()
                session.expunge_all()
        except Exception as error:  # noqa: BLE001 - it belongs to who asked, not to the neighbours in the group
            job.fail(error)
            self._renew()
            return False
        return True

    def _renew(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def deferred_by(jobs: Sequence[Job]) -> Iterator[tuple[Flush, list[Any]]]:
    """What `jobs` left, by the function that writes it."""
    found: dict[Flush, list[Any]] = {}
    for job in jobs:
        for flush, value in job.deferred:
            found.setdefault(flush, []).append(value)
    return iter(found.items())
