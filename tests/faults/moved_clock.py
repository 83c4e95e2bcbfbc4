"""Fault 5: the machine's clock is set forward and back by an hour while a block runs. Nothing fires twice, or never."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from interlinker_shared.auth import ALGORITHM, ISSUER, Role
from interlinker_shared.testing import SECRET
from tests.faults.clients import CREATED, Caller, calling
from tests.faults.services import Service

HOUR = 3600
ROUND = (HOUR, 0, -HOUR, 0)
"""Seconds by which it is wrong: forward, right, back and right again."""
POLL_SECONDS = 0.05
LIBRARY = "faketime/libfaketimeMT.so.1"
MISSING = "NOT RUN: there is no libfaketime here (apt install libfaketime)"
BLOCK = "template"


def library() -> Path | None:
    """The library that lies to a process about the time; None where it is not installed."""
    return next((path for folder in ("/usr/lib", "/usr/lib64") for path in Path(folder).glob(f"*/{LIBRARY}")), None)


class WallClock:
    """The wall clock of one process. Its monotonic clock, which no administrator can set, is left alone."""

    def __init__(self, folder: Path) -> None:
        """It is right at first."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "clock"
        self.offset = 0
        self.set(0)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process look at it."""
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, offset: int) -> None:
        """Let it be wrong by so many seconds from now on."""
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{offset:+d}")
        draft.replace(self._file)
        self.offset = offset

    def after(self, **span: float) -> str:
        """A moment of this clock from now."""
        return (datetime.now(UTC) + timedelta(seconds=self.offset) + timedelta(**span)).isoformat()


@dataclass
class Moved:
    """What the block did meanwhile."""

    expected: int = 0
    """Due dates that have come."""
    never: int = 0
    latest: float = 0.0
    """Seconds from a moment that came to what was due at it."""
    twice: int = 0
    """Events beyond the first of one kind and asset."""
    undone: int = 0
    """Assets that did not stay as they were when the time came again."""
    repeated: int = 0
    """Requests that had another effect when they were repeated with their key."""
    refused: int = 0
    """Requests that failed."""


async def move_clock(folder: Path, steps: Sequence[int], *, told: bool = True, patience: float = 15.0) -> Moved:
    """Set the clock wrong by so many seconds, one step after another; something is due at each.

    A block that is not `told` what its clock says is one that sleeps through its due dates, for all the harness knows.
    """
    clock = WallClock(folder)
    service = Service(BLOCK, folder, clock.environment if told else {})
    async with calling(service, _lasting) as caller:
        watch = _Watch(caller, clock, patience)
        for number, offset in enumerate(steps):
            await watch.step(offset, key=f"round {number // len(ROUND)}")
        watch.seen.twice = await _twice(caller)
    return watch.seen


class _Watch:
    def __init__(self, caller: Caller, clock: WallClock, patience: float) -> None:
        self.seen = Moved()
        self._caller = caller
        self._clock = clock
        self._patience = patience
        self._fired: dict[str, str] = {}

    async def step(self, offset: int, *, key: str) -> None:
        """Set the clock; see what was due by it come, and what had come stay."""
        ahead = await self._create(closes_at=self._clock.after(minutes=30))
        await self._caller.staff("POST", f"/pledges/{ahead}/open")
        self._clock.set(offset)
        soon = await self._create(opens_at=self._clock.after(seconds=1))
        if offset == HOUR:
            await self._await(ahead, "closed")
        await self._await(soon, "open")
        for asset, state in self._fired.items():
            self.seen.undone += await self._state(asset) != state
        await self._repeat(key)

    async def _create(self, **dates: str) -> str:
        body = {"title": "A pond", "language": "en", "config": {}, **dates}
        return str((await self._caller.staff("POST", "/pledges", body))["id"])

    async def _state(self, asset: str) -> str:
        return str((await self._caller.staff("GET", f"/pledges/{asset}"))["state"])

    async def _await(self, asset: str, state: str) -> None:
        began = time.monotonic()
        self.seen.expected += 1
        while await self._state(asset) != state:
            if time.monotonic() - began > self._patience:
                self.seen.never += 1
                return
            await asyncio.sleep(POLL_SECONDS)
        self._fired[asset] = state
        self.seen.latest = max(self.seen.latest, time.monotonic() - began)

    async def _repeat(self, key: str) -> None:
        """The same request at every position of the clock: the first has an effect, the others its answer."""
        body = {"title": key, "language": "en", "config": {}}
        answer = await self._caller.call("POST", "/pledges", body, who="staff", role=Role.OWNER, key=key)
        self.seen.refused += answer.status != CREATED
        listed = await self._caller.staff("GET", "/pledges?limit=100")
        self.seen.repeated += sum(item["title"] == key for item in listed["items"]) - 1


async def _twice(caller: Caller) -> int:
    counted: Counter[tuple[str, Any]] = Counter()
    for name in ("asset.opened.v1", "asset.closed.v1", "result.published.v1"):
        counted.update((name, event["subject"]) for event in await caller.events(name))
    return counted.total() - len(counted)


def _lasting(service: str, who: str, role: Role) -> dict[str, str]:
    """A token that is valid wherever the clock stands: when tokens end is not what is tried here."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": service, "sub": who, "role": role.value, "iat": now - 3 * HOUR}
    claims |= {"exp": now + 3 * HOUR, "channel": "api"}
    return {"Authorization": f"Bearer {jwt.encode({'alg': ALGORITHM}, claims, OctKey.import_key(SECRET))}"}
