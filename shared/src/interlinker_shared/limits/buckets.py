"""Budgets of requests, by the generic cell rate algorithm: one number per caller, no timer, bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import NamedTuple

ROUNDING = 1e-6  # sums of intervals miss the window by less
ROOM = 65_536  # callers that are remembered, some 10 MB at most


@dataclass(frozen=True)
class Budget:
    """`quota` requests in `window` seconds: all at once, or one every `window / quota`."""

    name: str
    quota: int
    window: int = 60

    @cached_property
    def interval(self) -> float:
        """Seconds in which one request grows back."""
        return self.window / self.quota

    @cached_property
    def policy(self) -> bytes:
        """As RateLimit-Policy says it (draft-ietf-httpapi-ratelimit-headers-11)."""
        return f'"{self.name}";q={self.quota};w={self.window}'.encode()


class Spent(NamedTuple):
    """What became of a request: `left` of its budget, and the seconds until there is more; `granted` or refused."""

    budget: Budget
    granted: bool
    left: int
    seconds: float

    @property
    def wait(self) -> int:
        """Whole seconds until there is more, at least one."""
        return max(1, ceil(self.seconds))

    def headers(self) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
        """RateLimit-Policy and RateLimit."""
        state = f'"{self.budget.name}";r={self.left};t={self.wait}'.encode()
        return (b"ratelimit-policy", self.budget.policy), (b"ratelimit", state)


class Buckets:
    """For each caller when her budget will be whole again (the theoretical arrival time of ITU-T I.371).

    Callers are kept in two generations. Whoever comes is moved into the younger one; when that has half of the room, the older
    one is forgotten. So no caller costs more than two look-ups, and an attacker with many addresses only makes this forget
    others, who then begin with a whole budget.
    """

    def __init__(self, room: int = ROOM, clock: Callable[[], float] = time.monotonic) -> None:
        """`room` is how many callers are remembered; `clock` gives seconds."""
        self._half = max(1, room // 2)
        self._clock = clock
        self._young: dict[Hashable, float] = {}
        self._old: dict[Hashable, float] = {}

    def __len__(self) -> int:
        """How many callers are remembered."""
        return len(self._young) + len(self._old)

    def take(self, key: Hashable, budget: Budget, weight: int = 1) -> Spent:
        """Spend `weight` requests of the budget of `key`, or nothing when it has not so many left."""
        now, interval, window = self._clock(), budget.interval, budget.window
        ahead = self._ahead(key, now)
        spent = ahead + interval * weight
        if spent > window + ROUNDING:
            self._remember(key, now + ahead)
            return Spent(budget, False, int((window - ahead) / interval + ROUNDING), spent - window)  # noqa: FBT003 - on every request
        self._remember(key, now + spent)
        return Spent(budget, True, int((window - spent) / interval + ROUNDING), interval)  # noqa: FBT003 - as above

    def charge(self, key: Hashable, budget: Budget, weight: int) -> None:
        """Take `weight` requests off the budget of `key` for what it has done already, at most all that is left."""
        now = self._clock()
        self._remember(key, now + min(self._ahead(key, now) + budget.interval * weight, float(budget.window)))

    def _ahead(self, key: Hashable, now: float) -> float:
        """Seconds until the budget of `key` is whole."""
        whole_at = self._young.get(key)
        if whole_at is None:
            whole_at = self._old.pop(key, now)
        return whole_at - now if whole_at > now else 0.0

    def _remember(self, key: Hashable, whole_at: float) -> None:
        self._young[key] = whole_at
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
