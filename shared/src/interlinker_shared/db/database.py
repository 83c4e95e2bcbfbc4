"""The database of one service: writes through one thread, reads beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.concurrency import iterate_in_threadpool

from interlinker_shared.db.migrate import upgrade
from interlinker_shared.db.sqlite import (
    FileLock,
    LoopReader,
    SlowReadError,
    check_version,
    reader_engine,
    writer_engine,
)
from interlinker_shared.db.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

SLOW_READERS = 4
CHUNK_BYTES = 64 * 1024


class Database:
    """One way to write, one way to read. Nobody else begins or commits a transaction."""

    def __init__(self, path: Path, *, info: dict[str, Any], queue_limit: int = 2048) -> None:
        """`info` is handed to every session: `service` and `source`, which `record` puts into events."""
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        self._info = info
        self._engine = writer_engine(path)
        self._readers = reader_engine(path, SLOW_READERS)
        self._threads = ThreadPoolExecutor(SLOW_READERS, thread_name_prefix="slow-read")
        self._writer = Writer(self._engine, info=info, limit=queue_limit)
        self._loop_reader: LoopReader | None = None

    def migrate(self, *packages: str) -> None:
        """Bring the schema of shared and of `packages` up to date; no other process can hold the lock meanwhile."""
        with self._engine.connect() as connection:
            for package in ("interlinker_shared", *packages):
                upgrade(connection, package)

    def start(self) -> None:
        """Start the writer thread; call it on the event loop that will await the writes."""
        self._loop_reader = LoopReader(self._readers, self._info)
        self._writer.start()

    async def close(self) -> None:
        """Finish what waits, then let the file go."""
        await asyncio.to_thread(self._writer.stop)
        self._threads.shutdown()
        if self._loop_reader is not None:
            self._loop_reader.close()
        self._readers.dispose()
        self._engine.dispose()
        self._lock.release()

    def on_commit(self, listener: Callable[[set[str]], None]) -> None:
        """Call `listener` on the event loop after each commit with the signals that its jobs raised, if any."""
        self._writer.listeners.append(listener)

    @property
    def queued(self) -> int:
        """Writes that wait."""
        return self._writer.queued

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` in a transaction; return its result after the commit.

        Raises what `fn` raises, with nothing of it stored, and UnavailableError when too many writes wait.
        """
        return await self._writer.submit(fn, *args, **kwargs)

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on a read-only snapshot: at once on the loop, or in a thread when it takes too long."""
        assert self._loop_reader is not None, "the database is not started"  # noqa: S101
        try:
            return self._loop_reader.run(fn, *args, **kwargs)
        except SlowReadError:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: self._read_slowly(fn, *args, **kwargs))

    async def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields, in chunks of about 64 KiB, from a thread on one read-only snapshot."""

        def chunks() -> Generator[bytes]:
            with self._readers.connect() as connection, Session(connection, info=dict(self._info)) as session:
                yield from _in_chunks(fn(session, *args, **kwargs))

        iterator = chunks()
        try:
            async for chunk in iterate_in_threadpool(iterator):
                yield chunk
        finally:
            await asyncio.to_thread(iterator.close)

    async def ping(self) -> None:
        """Fail when the database cannot be written."""
        await self.write(_touch_nothing)

    def _read_slowly(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._readers.connect() as connection, Session(connection, info=dict(self._info)) as session:
            return fn(session, *args, **kwargs)


def open_database(path: Path, *, service: str, instance: str, queue_limit: int = 2048) -> Database:
    """The database file at `path`, made if it is missing; nothing runs yet.

    Raises RuntimeError when another process has it open or the SQLite library is too old.
    """
    check_version()
    path.parent.mkdir(parents=True, exist_ok=True)
    info = {"service": service, "source": f"/{service}/{instance}"}
    return Database(path, info=info, queue_limit=queue_limit)


def _in_chunks(parts: Iterator[bytes]) -> Iterator[bytes]:
    kept, size = [], 0
    for part in parts:
        kept.append(part)
        size += len(part)
        if size >= CHUNK_BYTES:
            yield b"".join(kept)
            kept, size = [], 0
    if kept:
        yield b"".join(kept)


def _touch_nothing(session: Session) -> None:
    session.execute(text("SELECT 1"))
