"""Events that wait to be taken: in the order of each aggregate, of any number of aggregates at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nats.aio.msg import Msg

from interlinker_shared.events.envelope import Envelope
from interlinker_shared.events.pull import Pull


@dataclass(eq=False)
class Delivery:
    """An event, the message that brought it, the pull it came by, and when the server last heard that we work on it."""

    message: Msg
    envelope: Envelope
    pull: Pull
    heard: float

    @property
    def lane(self) -> tuple[str, str]:
        """Events with the same one are taken one after the other."""
        return self.envelope.source, self.envelope.subject


class Lanes:
    """Hands out deliveries many at a time; while some of an aggregate are out, the others of it wait."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._lanes: dict[tuple[str, str], deque[Delivery]] = {}
        self._next: deque[tuple[str, str]] = deque()
        self._out: set[Delivery] = set()

    def __iter__(self) -> Iterator[Delivery]:
        """All that are not settled yet."""
        yield from self._out
        for lane in self._lanes.values():
            yield from lane

    def add(self, delivery: Delivery) -> None:
        """Put a delivery behind the others of its aggregate."""
        lane = self._lanes.get(delivery.lane)
        if lane is None:
            lane = self._lanes[delivery.lane] = deque()
            self._next.append(delivery.lane)
        lane.append(delivery)

    def take(self, limit: int) -> list[Delivery]:
        """Up to `limit` deliveries of aggregates of which none are out, those that wait longest first."""
        taken: list[Delivery] = []
        while self._next and len(taken) < limit:
            lane = self._lanes[self._next.popleft()]
            taken += [lane.popleft() for _ in range(min(len(lane), limit - len(taken)))]
        self._out.update(taken)
        return taken

    def settle(self, taken: Sequence[Delivery]) -> None:
        """What `take` gave is dealt with: others of the same aggregates may go."""
        self._out.difference_update(taken)
        for key in dict.fromkeys(delivery.lane for delivery in taken):
            if self._lanes[key]:
                self._next.append(key)
            else:
                del self._lanes[key]

    def clear(self) -> None:
        """Forget all."""
        self._lanes.clear()
        self._next.clear()
        self._out.clear()
