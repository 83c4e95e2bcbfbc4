"""Delivery to one webhook: in order per aggregate, at least once, the cursor never past an undelivered event."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from interlinker_shared.state import Kit
from interlinker_shared.webhooks import actions, store
from interlinker_shared.webhooks.sending import Outcome, Sender
from interlinker_shared.webhooks.store import Target, Waiting

LANES = 8  # aggregates of one webhook that are delivered at the same time
WINDOW = 512  # how far deliveries may run ahead of an event that fails; so many at most come twice after a crash
ROUND_SECONDS = 0.25  # between two notes of how far it has come, while there is something to deliver
UNNOTED = 256  # how far the cursor moves over events that the webhook does not take before that is noted
FIRST_DELAY = 1.0
LONGEST_DELAY = 900.0
PATIENCE = timedelta(days=1)
GONE = "gone"
FAILED = "failed-for-a-day"

log = structlog.get_logger()


def delay_after(tries: int, rng: random.Random) -> float:
    """Seconds to wait before the next try: 1, 2, 4, … up to a quarter of an hour, less up to half of it by chance."""
    return float(min(FIRST_DELAY * 2 ** min(tries - 1, 20), LONGEST_DELAY)) * rng.uniform(0.5, 1.0)


@dataclass
class Trouble:
    """An event that could not be delivered: since when, how often it was tried, and when it is due (on the loop's clock)."""

    id: int
    since: datetime
    tries: int = 0
    due: float = 0.0


class Window:
    """What is read of the outbox and not delivered, and the aggregates that are held back by a failure."""

    def __init__(self, target: Target) -> None:
        """It begins after the target's cursor, with the failure that was noted there."""
        self.read = target.cursor
        self.troubles: dict[str, Trouble] = {}
        self._waiting: dict[int, Waiting] = {}
        self._known: Trouble | None = None
        if target.failing_id is not None and target.failing_since is not None:
            self._known = Trouble(target.failing_id, target.failing_since, target.failures)

    @property
    def cursor(self) -> int:
        """Everything up to here is delivered."""
        return next(iter(self._waiting)) - 1 if self._waiting else self.read

    @property
    def oldest_trouble(self) -> Trouble | None:
        """The failure that has lasted longest."""
        return min(self.troubles.values(), key=lambda trouble: trouble.since, default=None)

    def add(self, events: list[Waiting], read: int) -> None:
        """More events, in order; all up to number `read` are known now."""
        for event in events:
            self._waiting[event.id] = event
            if self._known is not None and event.id == self._known.id:
                self.troubles[event.aggregate] = self._known
        self.read = read

    def due_lanes(self, clock: float) -> list[list[Waiting]]:
        """What may be sent now, as lists that must each be sent in order; the lane of the oldest event first."""
        lanes: dict[str, list[Waiting]] = {}
        for event in self._waiting.values():
            lanes.setdefault(event.aggregate, []).append(event)
        return [lane for aggregate, lane in lanes.items() if self._is_due(aggregate, clock)]

    def delivered(self, event: Waiting) -> None:
        """Forget an event, and the failures of its aggregate."""
        del self._waiting[event.id]
        self.troubles.pop(event.aggregate, None)

    def failed(self, event: Waiting, now: datetime) -> Trouble:
        """Count a failed try."""
        trouble = self.troubles.setdefault(event.aggregate, Trouble(event.id, now))
        trouble.tries += 1
        return trouble

    def _is_due(self, aggregate: str, clock: float) -> bool:
        trouble = self.troubles.get(aggregate)
        return trouble is None or trouble.due <= clock


class Channel:
    """Delivers to one webhook as it is set at one version."""

    def __init__(self, target: Target, kit: Kit, sender: Sender, *, rng: random.Random | None = None) -> None:
        """`rng` spreads the retries."""
        self.target = target
        self.wake = asyncio.Event()
        self._kit = kit
        self._sender = sender
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, hides nothing
        self._window = Window(target)
        self._noted = target.cursor
        self._news: dict[str, Any] = {}
        self._away = (
            False  # the receiver as a whole takes nothing: it is left alone for a while, then tried with one lane
        )
        self._away_until = 0.0
        self._disable: str | None = None

    async def run(self) -> None:
        """Deliver until cancelled, or until the receiver's behaviour has disabled the webhook."""
        while self._disable is None:
            self.wake.clear()
            if not await self._round():
                await self._sleep()
            await asyncio.sleep(0)  # reads may not suspend, and others want the loop too

    async def _round(self) -> bool:
        """Read, deliver what is due for a moment, note it. False when there was nothing to do."""
        if asyncio.get_running_loop().time() < self._away_until:
            return False
        moved = await self._read()
        lanes = self._window.due_lanes(asyncio.get_running_loop().time())
        try:
            await self._deliver(lanes[:1] if self._away else lanes)
        finally:  # also when the service is stopped: what was delivered need not come twice
            await self._note()
        return bool(lanes) or moved

    async def _read(self) -> bool:
        before, upto = self._window.read, self._window.cursor + WINDOW
        self._window.add(*await self._kit.db.read(store.waiting, self.target.types, before, upto))
        return self._window.read > before

    async def _deliver(self, lanes: list[list[Waiting]]) -> None:
        deadline = asyncio.get_running_loop().time() + ROUND_SECONDS
        slots = asyncio.Semaphore(LANES)
        self._away = False
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(self._run_lane(lane, slots, deadline))

    async def _run_lane(self, lane: list[Waiting], slots: asyncio.Semaphore, deadline: float) -> None:
        async with slots:
            for event in lane:
                if self._stops(deadline) or not await self._send(event):
                    return

    def _stops(self, deadline: float) -> bool:
        return self._away or self._disable is not None or asyncio.get_running_loop().time() >= deadline

    async def _send(self, event: Waiting) -> bool:
        """Try one event; True when it is delivered."""
        outcome = await self._sender.send(self.target, event.event_id, event.envelope, now=self._kit.clock())
        now = self._kit.clock()
        self._kit.metrics.webhook_tries.labels("delivered" if outcome.delivered else "failed").inc()
        if outcome.delivered:
            self._window.delivered(event)
            self._news["last_success_at"] = now
        else:
            self._fail(event, outcome, now)
        return outcome.delivered

    def _fail(self, event: Waiting, outcome: Outcome, now: datetime) -> None:
        trouble = self._window.failed(event, now)
        again = asyncio.get_running_loop().time() + max(delay_after(trouble.tries, self._rng), outcome.wait or 0.0)
        if outcome.only_this:
            trouble.due = again
        else:
            self._away, self._away_until = True, again
        if outcome.gone or now - trouble.since >= PATIENCE:
            self._disable = GONE if outcome.gone else FAILED
        self._news |= {"last_failure_at": now, "last_status": outcome.status, "last_reason": outcome.reason}
        log.info(
            "webhook failed",
            webhook=str(self.target.id),
            event_id=str(event.event_id),
            tries=trouble.tries,
            reason=outcome.reason,
        )

    async def _note(self) -> None:
        """Write how far it has come: once a round, and only when there is something to say."""
        cursor = self._window.cursor
        if not self._news and cursor - self._noted < UNNOTED:
            return
        values = self._news | {"cursor": cursor} | self._state()
        await self._kit.db.write(store.note, self.target, values)
        self._noted, self._news = cursor, {}
        if self._disable is not None:
            # Said first: the commit has this very task cancelled.
            log.warning("webhook disabled", webhook=str(self.target.id), reason=self._disable)
            await self._kit.db.write(actions.disable_failed, self.target, self._disable, now=self._kit.clock())

    def _state(self) -> dict[str, Any]:
        trouble = self._window.oldest_trouble
        if trouble is None:
            return actions.CALM
        left = max(trouble.due, self._away_until) - asyncio.get_running_loop().time()
        return {
            "failing_id": trouble.id,
            "failing_since": trouble.since,
            "failures": trouble.tries,
            "next_try_at": self._kit.clock() + timedelta(seconds=max(left, 0.0)),
        }

    async def _sleep(self) -> None:
        """Until an event is recorded or a retry is due."""
        times = [self._away_until] if self._away else [trouble.due for trouble in self._window.troubles.values()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(min(times, default=None)):
                await self.wake.wait()
