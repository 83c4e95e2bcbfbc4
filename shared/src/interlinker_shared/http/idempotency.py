"""Idempotency-Key: the same request with the same key has one effect and one answer (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.requests import Request

from interlinker_shared.auth import ANONYMOUS, Principal
from interlinker_shared.db.hot import Hot, HotWrite
from interlinker_shared.db.jobs import brief, is_brief
from interlinker_shared.db.types import SharedBase, UtcDateTime
from interlinker_shared.db.versions import SEEN, Seen
from interlinker_shared.errors import InvalidError
from interlinker_shared.failpoints import Point, reach
from interlinker_shared.locks import Lock
from interlinker_shared.state import Kit

P = ParamSpec("P")
T = TypeVar("T")

KEPT = timedelta(hours=24)
KEPT_FOR_SERVICES = timedelta(days=30)
_any = TypeAdapter(Any)


class IdempotencyRow(SharedBase):
    """The answer to a request that came with a key."""

    __tablename__ = "idempotency"

    scope: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


_rows = cast("Table", IdempotencyRow.__table__)
_find = Hot(select(_rows.c.fingerprint, _rows.c.status, _rows.c.body).where(_rows.c.scope == bindparam("scope")))
_keep = HotWrite(insert(_rows))


class ReplayedAnswer(Exception):  # noqa: N818 - not an error: the answer that was given before
    """The request was answered before; give the same answer again."""

    def __init__(self, status: int, body: str) -> None:
        """`body` is JSON."""
        super().__init__(status)
        self.status = status
        self.body = body


class RequestDatabase:
    """The database as one request sees it: its first write carries the request's Idempotency-Key."""

    def __init__(self, request: Request, key: str | None) -> None:
        """Without a `key` it is the plain database."""
        kit: Kit = request.app.state.kit
        self._db = kit.db
        self._request = request
        self._key = key
        self._clock = kit.clock
        self._locked: Lock | None = None

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.read`; notes what the answer depends on where it may be kept."""
        lock = self._lock()
        if lock is not None:
            return await self._db.read(lock.run, lambda session: fn(session, *args, **kwargs))
        seen: Seen | None = self._request.scope.get(SEEN)
        if seen is None:
            return await self._db.read(fn, *args, **kwargs)
        return await self._db.read(seen.read, lambda session: fn(session, *args, **kwargs))

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write`; raises ReplayedAnswer when the key was used before."""
        lock = self._lock()
        if lock is not None:
            result = await self._write(lock.run, lambda session: fn(session, *args, **kwargs))
        else:
            result = await self._write(fn, *args, **kwargs)
        reach(Point.ANSWERING)
        return result

    async def _write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._key is None:
            return await self._db.write(fn, *args, **kwargs)
        once = await self._once()
        self._key = None
        effect: Callable[[Session], T] = lambda session: once.run(session, lambda one: fn(one, *args, **kwargs))  # noqa: E731 - typed in one line
        return await self._db.write(brief(effect) if is_brief(fn) else effect)

    def _lock(self) -> Lock | None:
        asset = self._who.asset
        if asset is not None and self._locked is None:
            self._locked = Lock(asset)
        return self._locked

    @property
    def _who(self) -> Principal:
        who: Principal = self._request.scope.get("principal", ANONYMOUS)
        return who

    async def _once(self) -> _Once:
        principal = self._who
        operation = f"{self._request.method} {self._request.url.path}"
        scope = f"{principal.subject or 'public'} {operation} {self._key}" + (
            f" {principal.asset}" if principal.asset else ""
        )
        fingerprint = hashlib.sha256(await self._request.body()).hexdigest()
        kept = KEPT_FOR_SERVICES if principal.service else KEPT
        status = getattr(self._request.scope.get("route"), "status_code", None) or 200
        return _Once(hashlib.sha256(scope.encode()).hexdigest(), fingerprint, status, self._clock() + kept)


class _Once:
    def __init__(self, scope: str, fingerprint: str, status: int, expires_at: datetime) -> None:
        self._row = {"scope": scope, "fingerprint": fingerprint, "status": status, "expires_at": expires_at}

    def run(self, session: Session, effect: Callable[[Session], T]) -> T:
        """Give the stored answer, or let the effect happen and store its answer with it."""
        self._replay(session)
        result = effect(session)
        _keep.run(session, **self._row, body=_as_json(result))
        return result

    def _replay(self, session: Session) -> None:
        row = _find.first(session, scope=self._row["scope"])
        if row is None:
            return
        if row.fingerprint != self._row["fingerprint"]:
            message = "This Idempotency-Key was used for another request. Use a new key for each new request."
            raise InvalidError(message, slug="idempotency-key-reused", pointer="/header/Idempotency-Key")
        raise ReplayedAnswer(row.status, row.body)


def forget_expired(session: Session, now: datetime) -> None:
    """Delete answers that need not be given again any more."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_at < now))


def _as_json(result: object) -> str:
    if isinstance(result, BaseModel):
        return result.model_dump_json(by_alias=True)
    return _any.dump_json(result).decode()
