"""Reads in threads: what takes long, and everything on a database that answers over a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import iterate_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")

CHUNK_BYTES = 64 * 1024


class ThreadReader:
    """Runs reads on `threads` threads, each on a connection of `engine` that cannot write."""

    def __init__(self, engine: Engine, info: dict[str, Any], *, threads: int) -> None:
        """`info` goes into every session."""
        self._engine = engine
        self._info = info
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    async def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one snapshot."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self.read(fn, *args, **kwargs))

    def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one snapshot, in this thread."""
        with self._engine.connect() as connection, Session(connection, info=dict(self._info)) as session:
            return fn(session, *args, **kwargs)

    async def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """Yield what `fn(session, …)` yields, in chunks of about 64 KiB, from a thread on one snapshot."""

        def chunks() -> Generator[bytes]:
            with self._engine.connect() as connection, Session(connection, info=dict(self._info)) as session:
                yield from _in_chunks(fn(session, *args, **kwargs))

        iterator = chunks()
        try:
            async for chunk in iterate_in_threadpool(iterator):
                yield chunk
        finally:
            await asyncio.to_thread(iterator.close)

    def close(self) -> None:
        """Let what runs end, then the connections."""
        self._threads.shutdown()
        self._engine.dispose()


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
