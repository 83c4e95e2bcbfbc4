"""What an error of PostgreSQL means: try again, come back later, or tell who asked (SQLSTATE: PostgreSQL manual, appendix A)."""

from __future__ import annotations

from enum import StrEnum

import psycopg
from sqlalchemy.exc import DBAPIError

from interlinker_shared.db.jobs import FULL_MESSAGE, LATE_MESSAGE
from interlinker_shared.db.postgres.presence import AbsentError
from interlinker_shared.errors import InvalidError, StorageFullError, UnavailableError

CONFLICTS = {"40001", "40P01", "55P03"}  # serialisation failure, deadlock, lock not available
AWAY_CLASSES = ("08", "57P", "53300")  # connection, shut down or starting, too many connections
FULL = {"53100", "54000"}
LATE = "57014"
TEXT = {"22021", "22P05"}  # characters that the database cannot hold, such as NUL

AWAY_MESSAGE = "The database is away. Nothing of this was stored; try again in a moment."
BUSY_MESSAGE = "Others were changing the same thing all the time. Nothing of this was stored; try again in a moment."
TEXT_MESSAGE = "Text must not contain NUL characters."
UNKNOWN_MESSAGE = (
    "The database went away while this was being stored, and cannot say whether it was. Look before you send it again, or "
    "repeat it with the same Idempotency-Key."
)


class UnknownOutcomeError(UnavailableError):
    """Nobody can say whether a commit took place, so nobody may do it again."""

    slug = "unknown-outcome"

    def __init__(self) -> None:
        """It says what to do."""
        super().__init__(UNKNOWN_MESSAGE)


class Trouble(StrEnum):
    """What can be done about an error."""

    CONFLICT = "conflict"
    AWAY = "away"
    FULL = "full"
    LATE = "late"
    TEXT = "text"
    UNKNOWN = "unknown"
    NONE = "none"


def trouble_of(error: BaseException) -> Trouble:
    """The trouble behind `error`, which may have been raised from the driver's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, UnknownOutcomeError):
            return Trouble.UNKNOWN
        if isinstance(seen, AbsentError):
            return Trouble.AWAY
        if isinstance(seen, DBAPIError):
            return _of_driver(seen)
        seen = seen.__cause__
    return Trouble.NONE


def explain(error: BaseException) -> BaseException:
    """What the error means to who asked; any other error as it is."""
    match trouble_of(error):
        case Trouble.CONFLICT:
            return UnavailableError(BUSY_MESSAGE, slug="busy", retry_after=1)
        case Trouble.AWAY:
            return UnavailableError(AWAY_MESSAGE, slug="database-away", retry_after=2)
        case Trouble.FULL:
            return StorageFullError(FULL_MESSAGE)
        case Trouble.LATE:
            return UnavailableError(LATE_MESSAGE, slug="timeout")
        case Trouble.TEXT:
            return InvalidError(TEXT_MESSAGE, slug="unstorable-text")
        case Trouble.NONE | Trouble.UNKNOWN:
            return error


def _of_driver(error: DBAPIError) -> Trouble:
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error.orig, psycopg.DataError) and (state in TEXT or state is None):
        return Trouble.TEXT
    if state is None:  # the driver itself speaks: there is no server to be reached
        away = error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
        return Trouble.AWAY if away else Trouble.NONE
    if state in CONFLICTS:
        return Trouble.CONFLICT
    if state in FULL:
        return Trouble.FULL
    if state == LATE:
        return Trouble.LATE
    return Trouble.AWAY if state.startswith(AWAY_CLASSES) else Trouble.NONE
