"""The writer: one thread, one connection, concurrent writes committed as a group."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from interlinker_shared.errors import UnavailableError

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 64
SIGNALS = "signals"


@dataclass(eq=False)
class _Job:
    run: Callable[[Session], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    context: contextvars.Context
    result: Any = None
    error: BaseException | None = None
    signals: set[str] = field(default_factory=set)

    def settle(self) -> None:
        """On the loop: hand the outcome to who waits, if she still does."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs jobs one after another; up to `GROUP` of those that wait share one commit, each behind a savepoint of its own."""

    def __init__(self, engine: Engine, *, info: dict[str, Any], limit: int) -> None:
        """`info` goes into every session; beyond `limit` waiting jobs new ones are refused."""
        self.listeners: list[Callable[[set[str]], None]] = []
        self._engine = engine
        self._info = info
        self._limit = limit
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return len(self._jobs)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Do what waits, then end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join()

    async def submit(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue `fn(session, …)` and wait for the commit that holds it."""
        if len(self._jobs) >= self._limit:
            message = "Too many changes are waiting. Try again in a moment; nothing of this one was stored."
            raise UnavailableError(message, slug="busy", retry_after=1)
        loop = asyncio.get_running_loop()
        run: Callable[[Session], Any] = lambda session: fn(session, *args, **kwargs)  # noqa: E731 - typed in one line
        job = _Job(run, loop.create_future(), loop, contextvars.copy_context())
        with self._wake:
            if self._stopping:
                message = "The service is stopping."
                raise UnavailableError(message, slug="stopping", retry_after=5)
            self._jobs.append(job)
            self._wake.notify()
        result: T = await job.future
        return result

    def _run(self) -> None:
        connection = self._engine.connect()
        with contextlib.closing(connection):
            while group := self._next_group():
                self._commit(connection, group)
                _settle(group, self.listeners)

    def _next_group(self) -> list[_Job]:
        with self._wake:
            while not self._jobs and not self._stopping:
                self._wake.wait()
            return [self._jobs.popleft() for _ in range(min(GROUP, len(self._jobs)))]

    def _commit(self, connection: Connection, group: list[_Job]) -> None:
        try:
            with connection.begin():
                for job in group:
                    self._attempt(connection, job)
        except BaseException as error:  # noqa: BLE001 - nothing of the group is stored, so each of its jobs must hear it
            connection.connection.rollback()  # the driver's: a COMMIT that fails leaves SQLite inside the transaction
            for job in group:
                job.error, job.signals = job.error or error, set()

    def _attempt(self, connection: Connection, job: _Job) -> None:
        info = dict(self._info, **{SIGNALS: job.signals})
        session = Session(connection, join_transaction_mode="create_savepoint", info=info)
        try:
            job.result = job.context.run(job.run, session)
            session.commit()
        except Exception as error:  # noqa: BLE001 - it belongs to who asked, not to the neighbours in the group
            session.rollback()
            job.error = error
            job.signals.clear()
        finally:
            session.close()


def _settle(group: list[_Job], listeners: list[Callable[[set[str]], None]]) -> None:
    signals = set().union(*(job.signals for job in group))
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(partial(_tell, jobs, listeners, signals))


def _tell(jobs: list[_Job], listeners: list[Callable[[set[str]], None]], signals: set[str]) -> None:
    for job in jobs:
        job.settle()
    if signals:
        for listener in listeners:
            listener(signals)


def signal(session: Session, name: str) -> None:
    """Raise a signal that commit listeners hear once this job is committed."""
    session.info.get(SIGNALS, set()).add(name)
