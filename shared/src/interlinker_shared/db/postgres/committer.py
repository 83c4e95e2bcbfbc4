"""Group commits on PostgreSQL: serialisable, optimistic, tried again when others were in the way."""

from __future__ import annotations

import contextlib
import random
import secrets
import time
import zlib
from typing import Any

import structlog
from psycopg import Connection as Driver
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from interlinker_shared.db.jobs import Group, Job, LostGroupError, count_write, writes_of
from interlinker_shared.db.order import wiped
from interlinker_shared.db.postgres.direct import gathered, run
from interlinker_shared.db.postgres.presence import AbsentError, Presence
from interlinker_shared.db.postgres.rewriting import Rewriting
from interlinker_shared.db.postgres.troubles import Trouble, UnknownOutcomeError, explain, trouble_of
from interlinker_shared.failpoints import Point, reach

AWAY_PAUSE_SECONDS = 0.1
CONFLICT_PAUSE_SECONDS = 0.002
MAX_PAUSE_SECONDS = 0.1
BARRIER = "numbers"

# Each writer keeps the number of its last group in a row of its own: the only proof of a commit whose answer was lost.
# PostgreSQL's own transaction number is none: after a crash it is given again, to somebody else's commit.
SEALS = (
    """CREATE TABLE IF NOT EXISTS {schema}.seals (
        writer text PRIMARY KEY, number bigint NOT NULL, sealed_at timestamptz NOT NULL DEFAULT now()
    )""",
    "DELETE FROM {schema}.seals WHERE sealed_at < now() - interval '1 day'",
)
"""What a store needs at its start for that; rows of writers that are gone are forgotten."""
# Two numbers name a lock of a whole database: the service's, and what it is for.
_SEAL = (
    "WITH sealed AS (INSERT INTO seals (writer, number) VALUES ($1, $2) "
    "ON CONFLICT (writer) DO UPDATE SET number = excluded.number, sealed_at = now() RETURNING 1) "
    "SELECT pg_advisory_xact_lock($3, $4) FROM sealed"
)
_WAIT = "SELECT pg_advisory_xact_lock($1, $2)"
_SEALED = "SELECT number FROM seals WHERE writer = $1"

log = structlog.get_logger()


def lock_number(name: str) -> int:
    """A number of 31 bits that stands for `name` in advisory locks."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


class PostgresCommitter:
    """One connection that writes.

    A group runs without savepoints, which are two round trips each; where a job fails that has written something, the
    group runs again with them.
    """

    def __init__(self, engine: Engine, info: dict[str, Any], *, presence: Presence, patience: float) -> None:
        """Nothing is connected yet: a database that is away at start may come back.

        For `patience` seconds a write waits for one that is away, or for others to get out of the way.
        """
        self._patience = patience
        self._engine = engine
        self._info = info
        self._presence = presence
        self._turn = (lock_number(info["service"]), lock_number(BARRIER))
        self._name = secrets.token_hex(8)
        self._sealed = 0
        self._connection: Connection | None = None
        self._driver: Driver[Any]
        self._rewriting = Rewriting(engine)
        self._isolated = False
        self._writes_before_group = 0
        self._writes_before_job = 0

    def begin(self, group: list[Job]) -> None:
        """Nothing: every statement waits for the server."""

    def commit(self, group: list[Job]) -> None:
        """Commit all of `group` at once; in trouble, again and again, as long as there is patience."""
        give_up_at, tries, isolated = time.monotonic() + self._patience, 0, False
        while (error := self._attempt(group, isolated=isolated)) is not None:
            trouble, tries = trouble_of(error), tries + 1
            if trouble is Trouble.NONE and not isolated:
                isolated = True
            elif trouble in (Trouble.CONFLICT, Trouble.AWAY) and time.monotonic() < give_up_at:
                self._pause(trouble, tries)
            elif len(group) > 1 and trouble not in (Trouble.AWAY, Trouble.UNKNOWN):
                self._commit_each(group)
                return
            else:
                for job in group:
                    job.fail(explain(error))
                return
            for job in group:
                job.reset()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def begin_job(self) -> None:
        """Remember where it began."""
        self._writes_before_job = self._writes()
        if self._isolated:
            self._driver.execute("SAVEPOINT job")

    def end_job(self) -> None:
        """Keep what the job did."""
        if self._isolated:
            self._driver.execute("RELEASE job")

    def undo_job(self) -> bool:
        """Undo the job, where it did anything; False when that takes a savepoint that was not set, or is no use."""
        status = self._driver.info.transaction_status
        if status is TransactionStatus.INTRANS and self._writes() == self._writes_before_job:
            return True
        if not self._isolated or status not in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            return False
        self._driver.execute("ROLLBACK TO job")
        self._driver.execute("RELEASE job")
        return True

    def _commit_each(self, group: list[Job]) -> None:
        for job in group:
            job.reset()
            self.commit([job])

    def _attempt(self, group: list[Job], *, isolated: bool) -> BaseException | None:
        """Run and commit; the error when nothing was stored."""
        number: int | None = None
        self._presence.wait(self._patience)
        try:
            connection = self._connected()
            self._isolated, self._writes_before_group = isolated, self._writes()
            with connection.begin():
                jobs = Group(connection, self._info)
                jobs.run(group, self)
                _raise_trouble(group)
                number = self._seal(connection, group)
                if number is not None:
                    self._presence.check()
                with gathered(connection):
                    jobs.flush(group)
                reach(Point.COMMITTING)
        except BaseException as error:  # noqa: BLE001 - nothing of the group is stored, so each of its jobs must hear it
            cause = error.__cause__ if isinstance(error, LostGroupError) else error
            return self._after(cause or error, number)
        for job in group:
            if job.error is not None:
                job.error = explain(job.error)
            self._rewriting.add(wiped(job.signals))
        self._rewriting.run()
        return None

    def _after(self, error: BaseException, number: int | None) -> BaseException | None:
        if trouble_of(error) is not Trouble.AWAY or isinstance(error, AbsentError):
            return error
        self._disconnect()
        return self._outcome(number, error) if number is not None else error

    def _outcome(self, number: int, error: BaseException) -> BaseException | None:
        """Ask the database that came back what became of a commit: None when it took place."""
        give_up_at = time.monotonic() + self._patience
        while time.monotonic() < give_up_at:
            try:
                return None if self._last_sealed() == number else error
            except DBAPIError:
                self._disconnect()
            time.sleep(AWAY_PAUSE_SECONDS)
        self._presence.doubt()
        return UnknownOutcomeError()

    def _last_sealed(self) -> int | None:
        connection = self._connected()
        with connection.begin():  # if the transaction in question goes on, it has this lock until it ends
            run(connection, _WAIT, self._turn)
        with connection.begin():
            return next((row[0] for row in run(connection, _SEALED, (self._name,))), None)

    def _seal(self, connection: Connection, group: list[Job]) -> int | None:
        """Before the numbered rows are written, wait for other groups to end; give the number by which to ask for the outcome."""
        if self._writes() == self._writes_before_group and not any(job.deferred for job in group):
            return None
        self._sealed += 1
        run(connection, _SEAL, (self._name, self._sealed, *self._turn))
        return self._sealed

    def _connected(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            driver = connection.connection.driver_connection
            assert isinstance(driver, Driver)  # noqa: S101 - narrows the type
            self._connection, self._driver = connection, driver
            event.listen(connection, "before_cursor_execute", _count_if_write)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(DBAPIError):
                self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _writes(self) -> int:
        return writes_of(self._connection) if self._connection is not None else 0

    def _pause(self, trouble: Trouble, tries: int) -> None:
        if trouble is Trouble.AWAY:
            if tries == 1:
                log.warning("database is away, writes wait")
            time.sleep(AWAY_PAUSE_SECONDS)
        else:
            longest = min(MAX_PAUSE_SECONDS, CONFLICT_PAUSE_SECONDS * 2**tries)
            time.sleep(random.uniform(0, longest))  # noqa: S311 - keeps rivals apart, hides nothing


def _raise_trouble(group: list[Job]) -> None:
    """A job that swallowed a conflict and failed in words of its own has still seen what nobody can have committed."""
    for job in group:
        if job.error is not None and trouble_of(job.error) in (Trouble.CONFLICT, Trouble.AWAY):
            raise LostGroupError from job.error


def _count_if_write(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    if statement.lstrip()[:6].upper() != "SELECT":
        count_write(connection)
