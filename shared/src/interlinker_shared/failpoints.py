"""Failpoints: named places on the way of a write where a test has this process killed, as a power cut would."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import structlog

VARIABLE = "INTERLINKERS_FAILPOINT"
CONSENT = "INTERLINKERS_FAILPOINT_CONSENT"
CONSENTED = "kill this process"  # a second variable with a sentence in it: nobody sets both by accident

log = structlog.get_logger()


class Point(StrEnum):
    """Every failpoint there is, in the order in which one write passes them; the last is of a letter."""

    COMMITTING = "db.committing"  # the group's statements ran, COMMIT did not
    COMMITTED = "db.committed"  # nobody has been told yet
    ANSWERING = "http.answering"  # the caller of the write knows, the client does not
    ANSWERED = "http.answered"  # the client may know
    PUBLISHING = "relay.publishing"  # read from the outbox, not sent
    PUBLISHED = "relay.published"  # stored by the broker, not marked
    MARKED = "relay.marked"
    RECEIVED = "subscriber.received"  # delivered, no effect yet
    EFFECTED = "subscriber.effected"  # effect committed, not acknowledged
    ACKNOWLEDGED = "subscriber.acknowledged"
    MAILED = "mail.mailed"  # taken by the mail server, not forgotten


class _Armed:
    """Kills this process when `point` is reached for the `hit`-th time."""

    def __init__(self, point: Point, hit: int) -> None:
        self._point = point
        self._hit = hit
        self._hits = itertools.count(1)  # its steps are atomic, and several threads may reach a point

    def __call__(self, point: Point) -> None:
        if point is self._point and next(self._hits) == self._hit:
            os.write(sys.stderr.fileno(), f"{said(point)}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)
            signal.pause()  # nothing of this thread may run while the signal is on its way


_listener: Callable[[Point], None] | None = None


def reach(point: Point) -> None:
    """Say that `point` is reached. Unless a test listens this is one look at a global, some 30 ns."""
    if _listener is not None:
        _listener(point)


def said(point: Point) -> str:
    """The last line that a process killed at `point` writes to standard error."""
    return f"failpoint {point}: killed"


def arm(environment: Mapping[str, str]) -> None:
    """Kill this process at the failpoint that `environment` names, as `relay.published:3` for the third time it is reached.

    Without the second variable the first is ignored, and either way the log says so. Raises ValueError for a failpoint
    that does not exist: a test of it would pass without testing anything.
    """
    wanted = environment.get(VARIABLE)
    if not wanted:
        return
    if environment.get(CONSENT) != CONSENTED:
        log.error("failpoint ignored: it is for tests only", variable=VARIABLE, failpoint=wanted)
        return
    name, _, hit = wanted.partition(":")
    armed = _Armed(Point(name), int(hit or 1))
    log.critical("FAILPOINT ARMED: this process will kill itself. Never in production.", failpoint=wanted)
    _listen(armed)


@contextlib.contextmanager
def watched(listener: Callable[[Point], None]) -> Iterator[None]:
    """Call `listener` with each point that is reached within the block, on whatever thread reaches it."""
    before = _listener
    _listen(listener)
    try:
        yield
    finally:
        _listen(before)


def _listen(listener: Callable[[Point], None] | None) -> None:
    global _listener  # noqa: PLW0603 - one check of one global is what makes `reach` free
    _listener = listener
