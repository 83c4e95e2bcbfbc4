"""What a principal who is locked to one asset can reach: that asset, and what is about herself; everything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from interlinker_shared.errors import ForbiddenError

T = TypeVar("T")

_LOCK = "lock"


@dataclass
class Lock:
    """The one asset of a request. `passed` once the request has come by it, or said that it is about the caller herself."""

    asset: UUID
    passed: bool = False

    def run(self, session: Session, fn: Callable[[Session], T]) -> T:
        """Run `fn(session)` behind the lock; ForbiddenError, with nothing of it stored, when it had to do with something else.

        So a route that nobody thought of is closed to locked principals, not open.
        """
        session.info[_LOCK] = self
        try:
            result = fn(session)
        finally:
            del session.info[_LOCK]
        if not self.passed:
            raise _beyond()
        return result


def admits(session: Session, asset: UUID) -> bool:
    """Whether this session may reach the asset; asked where assets are loaded, and nowhere else."""
    lock: Lock | None = session.info.get(_LOCK)
    if lock is None:
        return True
    lock.passed = lock.passed or lock.asset == asset
    return lock.asset == asset


def only_admitted(session: Session, column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The same as a condition on a list."""
    lock: Lock | None = session.info.get(_LOCK)
    if lock is None:
        return true()
    lock.passed = True
    return column == lock.asset


def pass_own(session: Session) -> None:
    """Say that what follows is about the caller herself, whichever asset it was in."""
    lock: Lock | None = session.info.get(_LOCK)
    if lock is not None:
        lock.passed = True


def refuse_locked(session: Session) -> None:
    """ForbiddenError behind a lock: what follows reaches beyond any one asset."""
    if _LOCK in session.info:
        raise _beyond()


def _beyond() -> ForbiddenError:
    message = "This token is good for one thing here, and this is about others."
    return ForbiddenError(message, slug="token-locked")
