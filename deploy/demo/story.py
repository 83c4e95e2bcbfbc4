"""The play: a neighbourhood asks, thinks up, discusses and votes; every step over HTTP through the front door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import Progress

from deploy.demo.citizens import QUESTIONNAIRE, Citizen, cost_of
from deploy.demo.front import Front, RefusedError
from interlinker_shared.auth import Role

AMOUNT = 50_000
CROWD = 24
LOOK_AGAIN_SECONDS = 0.1
PATIENCE_SECONDS = 90.0
TEMPLATE = Path(__file__).with_name("neighbourhood-budget.yaml")


@dataclass
class Story:
    """One run of the template, and who plays in it."""

    front: Front
    citizens: Sequence[Citizen]
    progress: Progress
    process: str = ""
    refused: list[tuple[str, int]] = field(default_factory=list)
    contributors: set[str] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """Who runs the process."""
        return self.front.token("town-hall", Role.OWNER)

    @property
    def coordinator(self) -> str:
        """Who decides whether the ideas are ready."""
        return self.front.token("coordinator-1", Role.MODERATOR)

    def token(self, citizen: Citizen) -> str:
        """A citizen's own token."""
        return self.front.token(citizen.subject, Role.MEMBER, citizen.channel)

    async def play(self) -> None:
        """All of it, from the template to the end of the process."""
        await self.begin()
        await self.answer_survey()
        await self.refine_ideas()
        await self.approve()
        await self.discuss()
        await self.vote()
        await self.until_finished()

    async def begin(self) -> None:
        """Upload the template and start a process with it."""
        await self._look_until(self._is_template_taken, "the template was not taken: is every block registered?")
        body = {
            "template": "neighbourhood-budget",
            "inputs": {"amount": AMOUNT, "survey": QUESTIONNAIRE},
            "roles": {"coordinator": ["coordinator-1"]},
            "language": "en",
        }
        started = await self.front.call("POST", "/processes", self.owner, body)
        self.process = started["id"]

    async def answer_survey(self) -> None:
        """Everybody answers; staff enter what came on paper and by phone; some get it wrong first."""
        survey = await self.asset_of("needs")
        await self.crowd("answering the survey", self.citizens, lambda citizen: self._answer(survey, citizen))
        await self.close("needs")

    async def refine_ideas(self) -> None:
        """The answers have become ideas: people support them, staff find out what each would cost."""
        campaign = await self.asset_of("ideas")
        ideas = await self.front.items(f"{campaign}/ideas", self.owner)
        await self.crowd("estimating costs", ideas, lambda idea: self._estimate(campaign, idea))
        await self.crowd("supporting ideas", self.active(), lambda citizen: self._support(campaign, citizen, ideas))
        await self.close("ideas")

    async def approve(self) -> None:
        """The coordinator finds that the ideas are ready."""
        await self.until("approve", "active")
        path = f"/processes/{self.process}/tasks/approve/decision"
        await self.front.call("POST", path, self.coordinator, {"option": "accept", "reason": "Clear and affordable."})

    async def discuss(self) -> None:
        """Every second citizen says something about an idea that she likes."""
        board = await self.asset_of("discuss")
        topics = await self.front.items(f"{board}/topics", self.owner)
        await self.crowd("discussing", self.active()[::2], lambda citizen: self._post(citizen, topics))
        await self.close("discuss")

    async def vote(self) -> None:
        """Everybody votes, once; trying it twice is refused."""
        campaign = await self.asset_of("vote")
        ideas = await self.front.items(f"{campaign}/ideas", self.owner)
        await self.crowd("voting", self.citizens, lambda citizen: self._vote(campaign, citizen, ideas))
        await self.close("vote")

    async def until_finished(self) -> None:
        """Wait for the process to publish its result and tell everybody what became of her contribution."""
        await self._look_until(self._is_finished, "the process did not finish")

    def active(self) -> list[Citizen]:
        """Those who take part themselves; staff enter answers and ballots for the others."""
        return [citizen for citizen in self.citizens if not citizen.by_staff]

    async def crowd(self, what: str, people: Sequence[Any], act: Callable[[Any], Awaitable[None]]) -> None:
        """Let many act at the same time, `CROWD` at once, and show how far they are."""
        task = self.progress.add_task(what, total=len(people))
        turns = asyncio.Semaphore(CROWD)

        async def one(person: Any) -> None:
            async with turns:
                await act(person)
            self.progress.advance(task)

        await asyncio.gather(*(one(person) for person in people))

    async def asset_of(self, task: str) -> str:
        """The address of a task's asset behind the front door, once people can take part."""
        return self.address(await self.until(task, "active"))

    @staticmethod
    def address(task: dict[str, Any]) -> str:
        """Where a task's asset is, from the gateway's root."""
        return "/" + str(task["address"]).lstrip("/")

    async def close(self, task: str) -> None:
        """The town ends participation in a task; the process goes on by itself."""
        await self.front.call("POST", f"/processes/{self.process}/tasks/{task}/close", self.owner, {})
        await self.until(task, "done")

    async def until(self, task: str, state: str) -> dict[str, Any]:
        """The task, once it is in that state."""
        found: dict[str, Any] = {}

        async def is_there() -> bool:
            found.update(await self.task(task))
            return bool(found["state"] == state)

        await self._look_until(is_there, f"task {task} did not become {state}")
        return found

    async def task(self, task: str) -> dict[str, Any]:
        """A task as the process shows it."""
        tasks = await self.front.call("GET", f"/processes/{self.process}/tasks", self.owner)
        return next(entry for entry in tasks["items"] if entry["id"] == task)

    async def _is_template_taken(self) -> bool:
        """Upload the template; it is refused for as long as the blocks that it names have not registered yet."""
        content, kind = TEMPLATE.read_bytes(), "application/yaml"
        try:
            await self.front.call("POST", "/templates", self.owner, content=content, Content_Type=kind)
        except RefusedError as error:
            if "unknown-capability" in str(error):
                return False
            raise
        return True

    async def _is_finished(self) -> bool:
        process = await self.front.call("GET", f"/processes/{self.process}", self.owner)
        return bool(process["state"] == "finished")

    async def _look_until(self, check: Callable[[], Awaitable[bool]], failure: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await check():
            if time.monotonic() > deadline:
                raise TimeoutError(failure)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _answer(self, survey: str, citizen: Citizen) -> None:
        path = f"{survey}/responses"
        if citizen.number % 10 == 0:
            await self._expect_refusals(path, citizen)
        body: dict[str, Any] = {"answers": citizen.answers(), "language": citizen.language}
        if citizen.by_staff:
            staff = self.front.token("desk-1", Role.MODERATOR)
            await self.front.call(
                "POST", path, staff, body | {"channel": citizen.channel, "respondent": citizen.subject}
            )
        else:
            await self.front.call("POST", path, self.token(citizen), body)
        self.contributors.add(citizen.subject)

    async def _expect_refusals(self, path: str, citizen: Citizen) -> None:
        """Bad input, as it happens: each must be refused with a reason and leave nothing behind."""
        bad: list[tuple[dict[str, Any], int]] = [
            ({"json": {"answers": {"street": "moon", "content": 3}}}, 422),
            ({"json": {"answers": {"street": "north", "content": 9}}}, 422),
            ({"json": {"answers": {"street": "north", "content": 3, "unknown": 1}}}, 422),
            ({"content": b"{not json", "headers": {"Content-Type": "application/json"}}, 400),
        ]
        payload, expected = bad[(citizen.number // 10) % len(bad)]
        status = await self.front.status("POST", path, self.token(citizen), **payload)
        if status != expected:
            message = f"{payload} was answered with {status}, not {expected}"
            raise AssertionError(message)
        self.refused.append((citizen.subject, status))

    async def _estimate(self, campaign: str, idea: dict[str, Any]) -> None:
        staff = self.front.token("desk-1", Role.MODERATOR)
        await self.front.call("PATCH", f"{campaign}/ideas/{idea['id']}", staff, {"cost": cost_of(idea["title"])})

    async def _support(self, campaign: str, citizen: Citizen, ideas: list[dict[str, Any]]) -> None:
        for idea in ideas:
            if citizen.likes(idea["title"], "support"):
                await self.front.call("PUT", f"{campaign}/ideas/{idea['id']}/support", self.token(citizen))
                self.contributors.add(citizen.subject)

    async def _post(self, citizen: Citizen, topics: list[dict[str, Any]]) -> None:
        topic = citizen.dice("topic").choice(sorted(topics, key=lambda entry: str(entry["title"])))
        body = {"text": citizen.remark(), "language": citizen.language}
        await self.front.call("POST", f"/i/forum/topics/{topic['id']}/posts", self.token(citizen), body)
        self.contributors.add(citizen.subject)

    async def _vote(self, campaign: str, citizen: Citizen, ideas: list[dict[str, Any]]) -> None:
        liked = [idea["id"] for idea in ideas if citizen.likes(idea["title"], "vote")]
        approvals = liked or [min(ideas, key=lambda idea: int(idea["cost"]))["id"]]
        if citizen.by_staff:
            staff = self.front.token("desk-1", Role.MODERATOR)
            body = {"voter": citizen.subject, "approvals": approvals, "channel": citizen.channel}
            await self.front.call("POST", f"{campaign}/ballots", staff, body)
        else:
            await self.front.call("PUT", f"{campaign}/ballot", self.token(citizen), {"approvals": approvals})
            if citizen.number % 6 == 1:
                await self._vote_twice(campaign, citizen, approvals)
        self.contributors.add(citizen.subject)

    async def _vote_twice(self, campaign: str, citizen: Citizen, approvals: list[str]) -> None:
        try:
            await self.front.call("PUT", f"{campaign}/ballot", self.token(citizen), {"approvals": approvals})
        except RefusedError as error:
            if error.status != 409:  # noqa: PLR2004 - HTTP's conflict
                raise
            self.refused.append((citizen.subject, error.status))
        else:
            message = f"{citizen.subject} voted twice"
            raise AssertionError(message)
