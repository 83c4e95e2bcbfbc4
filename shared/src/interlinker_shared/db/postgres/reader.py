"""Reads in threads that keep their connection and their session: to borrow and give back both is a third of a short read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from interlinker_shared.db.postgres.direct import direct
from interlinker_shared.db.readers import ThreadReader

P = ParamSpec("P")
T = TypeVar("T")


class KeptReader(ThreadReader):
    """Each thread reads on a connection of its own, a transaction for each read."""

    def __init__(self, engine: Engine, info: dict[str, Any], *, threads: int) -> None:
        """`info` goes into every session."""
        super().__init__(engine, info, threads=threads)
        self._own = threading.local()
        self._all: set[Connection] = set()

    def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(session, …)` on one snapshot, in this thread."""
        session: Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = self._open()
        try:
            return fn(session, *args, **kwargs)
        except DBAPIError:
            self._drop(session)  # whatever state both are in
            raise
        finally:
            if self._own.session is session:
                direct(self._own.connection).roll_back()
                session.expunge_all()

    def close(self) -> None:
        """Let what runs end, then the connections."""
        self._threads.shutdown()
        for connection in self._all:
            with contextlib.suppress(DBAPIError):
                connection.close()
        super().close()

    def _open(self) -> Session:
        connection = self._own.connection = self._engine.connect()
        self._all.add(connection)
        return Session(connection, info=dict(self._info))

    def _drop(self, session: Session) -> None:
        connection: Connection = self._own.connection
        self._own.session = None
        self._all.discard(connection)
        with contextlib.suppress(DBAPIError):
            session.close()
        connection.close()
