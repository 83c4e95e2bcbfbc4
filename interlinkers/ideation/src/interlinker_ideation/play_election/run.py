"""Plays an election over HTTP: campaign, ideas, every ballot, close, result."""

from __future__ import annotations

import asyncio
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import stamina
from rich.progress import Progress

from interlinker_ideation.formats.pabulib import Election, Vote

AT_ONCE = 24
TRIES = 8
GIVE_UP_SECONDS = 120
TITLE_LENGTH = 200
TRY_AGAIN = {429, 502, 503, 504}
COUNTED_WITHIN = 900
ASK_EVERY = 0.5

RULES: Mapping[str, Mapping[str, str]] = {
    "greedy": {"type": "greedy"},
    "equalshares": {"type": "equal-shares", "completion": "none"},
    "equalshares/add1": {"type": "equal-shares", "completion": "add-one"},
}
"""How a campaign is set to the rules that files name; those of other files are played greedily."""


class PlayError(Exception):
    """The services cannot be reached, or refuse something that the election cannot do without."""


@dataclass(frozen=True, slots=True)
class Played:
    """What the services made of the election: `result` as answered, `ideas` their ids by the file's project ids."""

    accepted: int
    refusals: tuple[str, ...]
    seconds: float
    result: Mapping[str, Any]
    ideas: Mapping[str, str]

    def item_of(self, project: str) -> Mapping[str, Any]:
        """The result's item of a project; empty where the result has none."""
        wanted = self.ideas[project]
        return next((item for item in self.result["items"] if item["id"] == wanted), {})


def _worth_another_try(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in TRY_AGAIN
    return isinstance(error, httpx.TransportError)


class FrontDoor:
    """Calls to the ideation service; a POST is repeated with its Idempotency-Key until it is answered."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """`client` has the address of the service, `…/i/ideation`, and the token."""
        self._client = client
        self._run = uuid4().hex
        self._places = asyncio.Semaphore(AT_ONCE)

    async def post(self, path: str, key: str, body: object = None) -> dict[str, Any]:
        """The answer's body. `key` names the call within this run. Raises PlayError."""
        return await self._send("POST", path, json=body, headers={"Idempotency-Key": f"{self._run}-{key}"})

    async def get(self, path: str) -> dict[str, Any]:
        """The answer's body. Raises PlayError."""
        return await self._send("GET", path)

    async def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            async with self._places:
                answer = await self._until_answered(method, path, **request)
        except httpx.HTTPStatusError as error:
            told = f"{method} {path} was answered {error.response.status_code}: {error.response.text[:300]}"
            raise PlayError(told) from error
        except httpx.TransportError as error:
            raise PlayError(f"{method} {path}: no answer ({type(error).__name__}: {error})") from error
        body: dict[str, Any] = answer.json()
        return body

    @stamina.retry(on=_worth_another_try, attempts=TRIES, timeout=GIVE_UP_SECONDS)
    async def _until_answered(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = await self._client.request(method, path, **request)
        return answer.raise_for_status()


async def play(election: Election, door: FrontDoor, progress: Progress) -> Played:
    """Play the whole election. Raises PlayError; a refused ballot does not end it but is told in the outcome."""
    started = time.monotonic()
    campaign = await _create_campaign(election, door)
    ideas = await _submit_ideas(election, door, campaign, progress)
    refusals = await _cast_ballots(election.votes, door, campaign, ideas, progress)
    await door.post(f"/campaigns/{campaign}/close", "close")
    await _until_counted(door, campaign, progress)
    result = await door.get(f"/campaigns/{campaign}/result")
    accepted = len(election.votes) - len(refusals)
    return Played(accepted, tuple(refusals), time.monotonic() - started, result, ideas)


async def _until_counted(door: FrontDoor, campaign: str, progress: Progress) -> None:
    task = progress.add_task("count", total=None)
    async with asyncio.timeout(COUNTED_WITHIN):
        while (told := await door.get(f"/campaigns/{campaign}/result/progress"))["state"] != "done":
            progress.update(task, completed=told["done"], total=told["of"])
            await asyncio.sleep(ASK_EVERY)
    progress.update(task, completed=1, total=1)


async def _create_campaign(election: Election, door: FrontDoor) -> str:
    """An open campaign with the file's budget and rule, whose ballots may be as short and as long as the file's are."""
    sizes = [len(vote.approved) for vote in election.votes] or [1]
    config = {
        "budget": election.budget,
        "currency": election.meta.get("currency"),
        "ballot": {"min": min(sizes), "max": max(*sizes, 1)},
        "rule": RULES.get(election.rule.lower()),
    }
    title = _title(election.meta.get("description") or "An election")
    body = {"title": title, "language": _language(election), "config": config}
    campaign = str((await door.post("/campaigns", "campaign", body))["id"])
    await door.post(f"/campaigns/{campaign}/open", "open")
    return campaign


async def _submit_ideas(election: Election, door: FrontDoor, campaign: str, progress: Progress) -> dict[str, str]:
    """One idea per project, one after another: of equal ones the earlier wins. Gives idea ids by project id."""
    ideas = {}
    for project in progress.track(election.projects, description="ideas"):
        name = project.name or project.id
        body = {"title": _title(name), "text": name, "language": _language(election), "cost": project.cost}
        idea = await door.post(f"/campaigns/{campaign}/ideas", f"idea-{project.id}", body)
        ideas[project.id] = str(idea["id"])
    return ideas


async def _cast_ballots(
    votes: tuple[Vote, ...], door: FrontDoor, campaign: str, ideas: Mapping[str, str], progress: Progress
) -> list[str]:
    """Cast every ballot once, many at a time; gives why some were refused."""
    task = progress.add_task("ballots", total=len(votes))
    refusals = []

    async def cast(vote: Vote) -> None:
        approvals = [ideas[project] for project in vote.approved]
        body = {"voter": f"voter-{vote.voter}", "approvals": approvals, "channel": "paper"}
        try:
            await door.post(f"/campaigns/{campaign}/ballots", f"ballot-{vote.voter}", body)
        except PlayError as error:
            refusals.append(str(error))
        progress.advance(task)

    async with asyncio.TaskGroup() as group:
        for vote in votes:
            group.create_task(cast(vote))
    return refusals


def _title(name: str) -> str:
    return textwrap.shorten(name, TITLE_LENGTH, placeholder="…")


def _language(election: Election) -> str:
    return election.meta.get("language") or "en"
