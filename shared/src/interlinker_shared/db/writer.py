"""The writer: concurrent writes wait in one queue and are committed in groups."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from interlinker_shared.db.jobs import GROUP, Job, is_brief
from interlinker_shared.errors import UnavailableError
from interlinker_shared.failpoints import Point, reach

P = ParamSpec("P")
T = TypeVar("T")

Listener = Callable[[set[str]], None]
Task = Callable[[list[Job]], None]

MOST_LOOKS = 8  # turns of the loop that a group waits for more while each turn brings some


class Committer(Protocol):
    """One connection that writes. Whoever calls it waits for the call to end before the next one, on whatever thread."""

    def begin(self, group: list[Job]) -> Task | None:
        """On the event loop, run a group of brief jobs as far as that takes no waiting; what is left, for a thread.

        None, with nothing done, where all of it belongs into a thread.
        """

    def commit(self, group: list[Job]) -> None:
        """Run a group and commit it: afterwards each job has its result, stored, or its error, with nothing of it stored."""

    def close(self) -> None:
        """Give the connection back."""


class Writer:
    """Takes jobs and commits up to `GROUP` of those that wait together, on as many committers as there are.

    Its queue lives on the event loop. There brief jobs run as well: two threads that take turns at the interpreter cost a
    third more than one. What waits for a disk or a server, and all that is not brief, happens in the committer's thread.
    """

    def __init__(self, connect: Callable[[], Committer], *, threads: int, limit: int) -> None:
        """Each thread has a committer of its own; beyond `limit` waiting jobs new ones are refused."""
        self.listeners: list[Listener] = []
        self._connect = connect
        self._count = threads
        self._limit = limit
        self._jobs: deque[Job] = deque()
        self._threads: list[_Thread] = []
        self._idle: list[_Thread] = []
        self._loop: asyncio.AbstractEventLoop
        self._looking = False
        self._stopping = False
        self._done = asyncio.Event()

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return len(self._jobs)

    def start(self) -> None:
        """Start the threads, for the event loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._threads = [_Thread(self._connect(), self._loop, self._settle, n) for n in range(self._count)]
        self._idle = list(self._threads)

    async def stop(self) -> None:
        """Do what waits, then end the threads."""
        self._stopping = True
        if self._threads:
            self._end_if_done()
            await self._done.wait()
        for thread in self._threads:
            await asyncio.to_thread(thread.stop)

    async def submit(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Queue `fn(session, …)` and wait for the commit that holds it."""
        if len(self._jobs) >= self._limit:
            message = "Too many changes are waiting. Try again in a moment; nothing of this one was stored."
            raise UnavailableError(message, slug="busy", retry_after=1)
        if self._stopping:
            message = "The service is stopping."
            raise UnavailableError(message, slug="stopping", retry_after=5)
        run: Callable[[Session], Any] = lambda session: fn(session, *args, **kwargs)  # noqa: E731 - typed in one line
        job = Job(run, self._loop.create_future(), contextvars.copy_context(), brief=is_brief(fn))
        self._jobs.append(job)
        self._look_soon()
        result: T = await job.future
        return result

    def _look_soon(self) -> None:
        if self._jobs and self._idle and not self._looking:
            self._looking = True
            self._loop.call_soon(self._look, 0, MOST_LOOKS)

    def _look(self, seen: int, looks: int) -> None:
        """Hand out what waits, or look again while every turn of the loop brings more: the larger a group, the cheaper."""
        waiting = len(self._jobs)
        if seen < waiting < GROUP and looks:
            self._loop.call_soon(self._look, waiting, looks - 1)
            return
        self._looking = False
        while self._jobs and self._idle:
            thread, group = self._idle.pop(), self._next_group()
            rest = thread.committer.begin(group) if group[0].brief else None
            thread.take(rest or thread.committer.commit, group)

    def _next_group(self) -> list[Job]:
        """The jobs that have waited longest, all brief or none of them."""
        jobs = self._jobs
        group = [jobs.popleft()]
        while jobs and len(group) < GROUP and jobs[0].brief is group[0].brief:
            group.append(jobs.popleft())
        return group

    def _settle(self, thread: _Thread, group: list[Job]) -> None:
        # Listeners first: who is told that her change is stored must not be shown what was cached before it.
        signals = set().union(*(job.signals for job in group))
        if signals:
            for listener in self.listeners:
                listener(signals)
        for job in group:
            job.settle()
        self._idle.append(thread)
        self._look_soon()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._stopping and not self._jobs and len(self._idle) == len(self._threads):
            self._done.set()


class _Thread:
    """A committer, and the thread in which it waits."""

    def __init__(
        self,
        committer: Committer,
        loop: asyncio.AbstractEventLoop,
        settle: Callable[[_Thread, list[Job]], None],
        number: int,
    ) -> None:
        self.committer = committer
        self._loop = loop
        self._settle = settle
        self._tasks: SimpleQueue[tuple[Task, list[Job]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"writer-{number}", daemon=True)
        self._thread.start()

    def take(self, task: Task, group: list[Job]) -> None:
        """Do `task` with `group`; afterwards, on the loop, everybody hears of it."""
        self._tasks.put((task, group))

    def stop(self) -> None:
        """End it."""
        self._tasks.put(None)
        self._thread.join()

    def _run(self) -> None:
        with contextlib.closing(self.committer):
            while (found := self._tasks.get()) is not None:
                task, group = found
                try:
                    task(group)
                except BaseException as error:  # noqa: BLE001 - the thread must live, and those who wait must hear
                    for job in group:
                        job.fail(error)
                reach(Point.COMMITTED)
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(self._settle, self, group)
