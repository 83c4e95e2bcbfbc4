"""The writer: concurrent writes wait in one queue and are committed in groups."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from interlinker_shared.db.jobs import GROUP, Job
from interlinker_shared.errors import UnavailableError
from interlinker_shared.failpoints import Point, reach

P = ParamSpec("P")
T = TypeVar("T")

Listener = Callable[[set[str]], None]


class Committer(Protocol):
    """One connection that writes."""

    def commit(self, group: list[Job]) -> None:
        """Run a group and commit it: afterwards each job has its result, stored, or its error, with nothing of it stored."""

    def close(self) -> None:
        """Give the connection back."""


class Writer:
    """Takes jobs; its threads commit up to `GROUP` of those that wait together."""

    def __init__(self, connect: Callable[[], Committer], *, threads: int, limit: int) -> None:
        """Each thread has a committer of its own; beyond `limit` waiting jobs new ones are refused."""
        self.listeners: list[Listener] = []
        self._connect = connect
        self._limit = limit
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._threads = [threading.Thread(target=self._run, name=f"writer-{n}", daemon=True) for n in range(threads)]

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return len(self._jobs)

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Do what waits, then end the threads."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    async def submit(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue `fn(session, …)` and wait for the commit that holds it."""
        if len(self._jobs) >= self._limit:
            message = "Too many changes are waiting. Try again in a moment; nothing of this one was stored."
            raise UnavailableError(message, slug="busy", retry_after=1)
        loop = asyncio.get_running_loop()
        run: Callable[[Session], Any] = lambda session: fn(session, *args, **kwargs)  # noqa: E731 - typed in one line
        job = Job(run, loop.create_future(), loop, contextvars.copy_context())
        with self._wake:
            if self._stopping:
                message = "The service is stopping."
                raise UnavailableError(message, slug="stopping", retry_after=5)
            self._jobs.append(job)
            self._wake.notify()
        result: T = await job.future
        return result

    def _run(self) -> None:
        with contextlib.closing(self._connect()) as committer:
            while group := self._next_group():
                try:
                    committer.commit(group)
                except BaseException as error:  # noqa: BLE001 - the thread must live, and those who wait must hear
                    for job in group:
                        job.fail(error)
                reach(Point.COMMITTED)
                self._settle(group)

    def _next_group(self) -> list[Job]:
        with self._wake:
            while not self._jobs and not self._stopping:
                self._wake.wait()
            return [self._jobs.popleft() for _ in range(min(GROUP, len(self._jobs)))]

    def _settle(self, group: list[Job]) -> None:
        signals = set().union(*(job.signals for job in group))
        by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        for job in group:
            by_loop.setdefault(job.loop, []).append(job)
        for loop, jobs in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(partial(_tell, jobs, self.listeners, signals))


def _tell(jobs: list[Job], listeners: list[Listener], signals: set[str]) -> None:
    # Listeners first: who is told that her change is stored must not be shown what was cached before it.
    if signals:
        for listener in listeners:
            listener(signals)
    for job in jobs:
        job.settle()
