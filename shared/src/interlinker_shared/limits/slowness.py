"""Connections that hold a place without getting anywhere: heads that never end, requests that never arrive whole.

A proxy in front would see to that; a block alone has none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 * 1024  # bytes; the edge takes less, and answers


class LimitedProtocol(HttpToolsProtocol):
    """Hangs up on a head that does not end: the parser itself would keep all of it."""

    _head = 0
    _last: Any = None

    def data_received(self, data: bytes) -> None:
        """Take what came, and count it as long as it is part of an unfinished head."""
        of_a_body = self.cycle is not None and self.cycle.more_body  # the piece that ends it included
        super().data_received(data)
        cycle = self.cycle
        if cycle is not self._last:
            self._last, self._head = cycle, 0
        elif not of_a_body and (cycle is None or not cycle.more_body):
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.abort()


class SlowSenders:
    """Finds connections on which a request has not arrived whole for too long.

    It looks at all of them once a second, so that no request pays for a timer of its own.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`seconds` for a request to arrive."""
        self._seconds = seconds
        self._clock = clock
        self._since: dict[Hashable, tuple[Any, float]] = {}

    def close(self, connections: Iterable[Any]) -> int:
        """Hang up on those that are late; how many."""
        now, former = self._clock(), self._since
        self._since, late = {}, 0
        for connection in list(connections):
            if not _is_awaited(connection):
                continue
            cycle, since = former.get(connection, (None, now))
            if cycle is not connection.cycle:
                since = now
            if now - since > self._seconds:
                connection.transport.abort()
                late += 1
            else:
                self._since[connection] = (connection.cycle, since)
        return late


def _is_awaited(connection: Any) -> bool:
    """Whether the caller has to send something: a first request, the rest of one, or what follows the piece she has sent."""
    cycle = connection.cycle
    if cycle is None:
        return True
    if cycle.response_complete:
        return connection.timeout_keep_alive_task is None
    return bool(cycle.more_body)
