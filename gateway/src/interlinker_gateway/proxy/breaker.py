"""A circuit breaker: an instance that mostly fails is left alone for a while, then asked once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FAILING_SHARE = 0.5


@dataclass(frozen=True)
class Limits:
    """Opens at half of at least `least` calls failing within `window` seconds; asks again after `rest` seconds."""

    least: int = 20
    window: float = 10.0
    rest: float = 5.0


class Breaker:
    """One per instance. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float], limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened: float | None = None
        self._round = 0
        self._probing = False

    def enter(self) -> int | None:
        """A ticket for one call, or None; in an open breaker that has rested one call may go out, and it decides."""
        if self._opened is None:
            return self._round
        if self._probing or self._clock() - self._opened < self._limits.rest:
            return None
        self._probing = True
        self._round += 1
        return self._round

    def retry_after(self) -> int:
        """Whole seconds until a call may go out again, at least one."""
        waited = self._clock() - self._opened if self._opened is not None else 0.0
        return max(1, round(self._limits.rest - waited))

    def leave(self, ticket: int, *, failed: bool) -> None:
        """How the call with this ticket has ended; one from before the last opening says nothing any more."""
        if ticket != self._round:
            return
        now = self._clock()
        if self._probing:
            self._start_over(opened=now if failed else None)
            return
        self._calls.append((now, failed))
        self._failures += failed
        self._forget(now)
        if len(self._calls) >= self._limits.least and self._failures >= FAILING_SHARE * len(self._calls):
            self._start_over(opened=now)

    def abandon(self, ticket: int) -> None:
        """The caller gave the call up: that says nothing about the instance."""
        if ticket == self._round:
            self._probing = False

    def _start_over(self, *, opened: float | None) -> None:
        self._opened = opened
        self._probing = False
        self._round += 1
        self._calls.clear()
        self._failures = 0

    def _forget(self, now: float) -> None:
        while self._calls and now - self._calls[0][0] > self._limits.window:
            self._failures -= self._calls.popleft()[1]
