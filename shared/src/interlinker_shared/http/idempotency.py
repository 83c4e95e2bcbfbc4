"""Idempotency-Key: the same request with the same key has one effect and one answer (draft-ietf-httpapi-idempotency-key-header)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Index, Table, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.requests import Request

from interlinker_shared.audit.acts import act_of, tell_refused, with_result
from interlinker_shared.audit.store import Act, note
from interlinker_shared.auth import ANONYMOUS, Principal
from interlinker_shared.db.hot import Hot, HotWrite
from interlinker_shared.db.jobs import brief, is_brief
from interlinker_shared.db.types import SharedBase, UtcDateTime, partial
from interlinker_shared.db.versions import SEEN, Seen
from interlinker_shared.errors import ForbiddenError, InvalidError
from interlinker_shared.failpoints import Point, reach
from interlinker_shared.gate import Gate
from interlinker_shared.limits.guests import proven
from interlinker_shared.state import Kit

P = ParamSpec("P")
T = TypeVar("T")

KEPT = timedelta(hours=24)
KEPT_FOR_SERVICES = timedelta(days=30)
NONCE_BYTES = 12
_any = TypeAdapter(Any)


class IdempotencyRow(SharedBase):
    """The answer to a request that came with a key.

    Nobody can read it, or try out what was asked, who has not that key: of the key only a hash is kept, in `scope`. Whose
    request it was is kept for her erasure.
    """

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_subject", "subject", **partial("subject IS NOT NULL")),)

    scope: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    subject: Mapped[str | None]


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

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.read`; behind the gate, and noting what the answer depends on where it may be kept."""
        gate = self._gate
        seen: Seen | None = self._request.scope.get(SEEN)
        try:
            if seen is None:
                return await self._db.read(gate.run, fn, *args, **kwargs)
            return await self._db.read(seen.read, lambda session: gate.run(session, fn, *args, **kwargs))
        except ForbiddenError:
            tell_refused(self._request, self._who)
            raise

    async def write(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Database.write`; behind the gate. ReplayedAnswer when the key was used before. Administrative acts are noted."""
        gate, act = self._gate, act_of(self._request, self._clock)
        effect: Callable[[Session], T] = lambda session: gate.run(session, fn, *args, **kwargs)  # noqa: E731 - typed in one line
        effect = _noted(effect, act) if act is not None else proven(effect, self._request, self._clock())
        if self._key is not None:
            effect = (await self._once()).around(effect)
            self._key = None
        try:
            result = await self._db.write(brief(effect) if is_brief(fn) else effect)
        except ForbiddenError:
            tell_refused(self._request, self._who)
            raise
        reach(Point.ANSWERING)
        return result

    def stream(
        self, fn: Callable[Concatenate[Session, P], Iterator[bytes]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[bytes]:
        """See `Database.stream`. Not behind the gate: what it is given, such as an asset, was read through it before."""
        return self._db.stream(fn, *args, **kwargs)

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self._who)

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
        kept = KEPT_FOR_SERVICES if principal.service else KEPT
        status = getattr(self._request.scope.get("route"), "status_code", None) or 200
        asked = await self._request.body()
        return _Once(scope.encode(), asked, status, self._clock() + kept, subject=principal.subject)


def _noted(effect: Callable[[Session], T], act: Act) -> Callable[[Session], T]:
    def run(session: Session) -> T:
        result = effect(session)
        note(session, with_result(act, result))
        return result

    return run


class _Once:
    def __init__(self, scope: bytes, asked: bytes, status: int, expires_at: datetime, *, subject: str | None) -> None:
        # A hash of what was asked alone could be tried out against all that is stored.
        self._secret = hashlib.sha256(b"answer\0" + scope).digest()
        self._row = {
            "scope": hashlib.sha256(scope).hexdigest(),
            "fingerprint": hmac.digest(self._secret, asked, "sha256").hex(),
            "status": status,
            "expires_at": expires_at,
            "subject": subject,
        }

    def around(self, effect: Callable[[Session], T]) -> Callable[[Session], T]:
        """Give the stored answer, or let the effect happen and store its answer with it."""

        def run(session: Session) -> T:
            self._replay(session)
            result = effect(session)
            _keep.run(session, **self._row, body=_seal(self._secret, _as_json(result)))
            return result

        return run

    def _replay(self, session: Session) -> None:
        row = _find.first(session, scope=self._row["scope"])
        if row is None:
            return
        if row.fingerprint != self._row["fingerprint"]:
            message = "This Idempotency-Key was used for another request. Use a new key for each new request."
            raise InvalidError(message, slug="idempotency-key-reused", pointer="/header/Idempotency-Key")
        raise ReplayedAnswer(row.status, _unseal(self._secret, row.body))


def forget_expired(session: Session, now: datetime) -> None:
    """Delete answers that need not be given again any more."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.expires_at < now))


def kept_for(session: Session, subject: str) -> list[dict[str, Any]]:
    """Until when answers to a person are kept; what they say she alone can read, with her keys."""
    query = select(_rows.c.status, _rows.c.expires_at).where(_rows.c.subject == subject).order_by(_rows.c.expires_at)
    return [{"status": row.status, "kept_until": row.expires_at.isoformat()} for row in session.execute(query)]


def forget_asker(session: Session, subject: str) -> None:
    """Forget all answers to a person."""
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.subject == subject))


def _seal(secret: bytes, answer: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - most requests have no key

    nonce = secrets.token_bytes(NONCE_BYTES)
    return b64encode(nonce + AESGCM(secret).encrypt(nonce, answer.encode(), None)).decode()


def _unseal(secret: bytes, body: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - as above

    sealed = b64decode(body)
    return AESGCM(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None).decode()


def _as_json(result: object) -> str:
    if isinstance(result, BaseModel):
        return result.model_dump_json(by_alias=True)
    return _any.dump_json(result).decode()
