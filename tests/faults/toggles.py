"""Fault 6: one person who sends the same thing a thousand times at once counts once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.faults.clients import Answer, Caller, calling
from tests.faults.services import Service


@dataclass(frozen=True)
class Counted:
    """What came of many calls: how often one person counts, in the rows that people see and in events."""

    shown: int
    recorded: int
    answers: Mapping[int, int]
    """How many answers had which status."""


async def support(caller: Caller, times: int, people: int = 1) -> Counted:
    """Support one idea of ideation."""
    campaign, idea = await _idea(caller)
    path = f"/campaigns/{campaign}/ideas/{idea}/support"
    answers = await _at_once(times, lambda n: caller.call("PUT", path, who=f"person-{n % people}"))
    shown = (await caller.staff("GET", f"/campaigns/{campaign}/ideas/{idea}"))["support"]
    return Counted(shown, len(await caller.events("support.given.v1")), answers)


async def change_ones_mind(caller: Caller, times: int, people: int = 1) -> Counted:
    """Support and withdraw in turn; `recorded` is who is said to support it in the end, asked once more."""
    campaign, idea = await _idea(caller)
    path = f"/campaigns/{campaign}/ideas/{idea}/support"
    verbs = ("PUT", "DELETE")
    answers = await _at_once(times, lambda n: caller.call(verbs[n // people % 2], path, who=f"person-{n % people}"))
    shown = (await caller.staff("GET", f"/campaigns/{campaign}/ideas/{idea}"))["support"]
    held = [await caller.call("DELETE", path, who=f"person-{person}") for person in range(people)]
    return Counted(shown, shown - held[-1].body["support"], answers)


async def post(caller: Caller, times: int, people: int = 1) -> Counted:
    """Post in one topic of the forum: everybody is one participant, however much she says."""
    board = await _open(caller, "/boards")
    topic = await caller.call(
        "POST", f"/boards/{board}/topics", {"title": "Hours", "text": "?", "language": "en"}, who="person-0"
    )
    path = f"/topics/{topic.body['id']}/posts"
    body = {"text": "Until nine!", "language": "en"}
    answers = await _at_once(times, lambda n: caller.call("POST", path, body, who=f"person-{n % people}"))
    found = await caller.staff("GET", f"/topics/{topic.body['id']}")
    actors = {event["actor"] for event in await caller.events("post.published.v1")}
    return Counted(found["participants"], len(actors), answers)


async def pledge(caller: Caller, times: int, people: int = 1) -> Counted:
    """Pledge in the template Interlinker: the second time is refused."""
    drive = await _open(caller, "/pledges")
    path, body = f"/pledges/{drive}/entries", {"text": "A cake", "language": "en", "amount": 1}
    answers = await _at_once(times, lambda n: caller.call("POST", path, body, who=f"person-{n % people}"))
    entries = await caller.staff("GET", f"/pledges/{drive}/entries?limit=100")
    return Counted(len(entries["items"]), len(await caller.events("pledge.made.v1")), answers)


Toggle = Callable[[Caller, int, int], Awaitable[Counted]]
TOGGLES: Mapping[str, tuple[str, Toggle]] = MappingProxyType(
    {
        "support": ("ideation", support),
        "change-of-mind": ("ideation", change_ones_mind),
        "participant": ("forum", post),
        "pledge": ("template", pledge),
    }
)
"""What can be sent once per person: the block that counts it, and how."""


async def toggle(name: str, folder: Path, times: int, *, database: str | None = None, people: int = 1) -> Counted:
    """Start the block, and let `people` send it `times` times at once."""
    block, send = TOGGLES[name]
    environment = {} if database is None else {f"{block.upper()}_DATABASE_URL": database}
    async with calling(Service(block, folder, environment)) as caller:
        return await send(caller, times, people)


async def _at_once(times: int, call: Callable[[int], Awaitable[Answer]]) -> dict[int, int]:
    answers = await asyncio.gather(*(call(number) for number in range(times)))
    statuses = [answer.status for answer in answers]
    return {status: statuses.count(status) for status in sorted(set(statuses))}


async def _open(caller: Caller, path: str, config: Mapping[str, Any] = MappingProxyType({})) -> str:
    asset = await caller.staff("POST", path, {"title": "A pond", "language": "en", "config": dict(config)})
    await caller.staff("POST", f"{path}/{asset['id']}/open")
    return str(asset["id"])


async def _idea(caller: Caller) -> tuple[str, str]:
    campaign = await _open(caller, "/campaigns")
    body = {"title": "A pond", "text": "Please.", "language": "en"}
    idea = await caller.call("POST", f"/campaigns/{campaign}/ideas", body, who="ida")
    return campaign, str(idea.body["id"])
