"""Three hundred people answer an anonymous survey, one with names, and a secret ballot, in bursts, one by one and among others."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders

PEOPLE = 300
IDEAS = 12
BURST = 20

Json = dict[str, Any]


@dataclass
class Filled:
    """One asset: who took part, in this order, and what each has said, as the database writes it."""

    asset: str
    said: dict[str, str] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """In the order in which they were sent."""
        return list(self.said)


class Crowd:
    """People who use a survey and an ideation service; `seed` decides who says what, and when."""

    def __init__(
        self, apps: Mapping[str, tuple[FastAPI, httpx.AsyncClient]], token: TokenHeaders, *, seed: int
    ) -> None:
        self._apps = apps
        self._token = token
        self._random = random.Random(seed)
        self._people = [f"person-{number:03}" for number in range(PEOPLE)]

    async def create(self, service: str, config: Json) -> str:
        """An open asset; gives its id."""
        answer = await self._as_owner(service, "POST", "", {"title": "Secret", "config": config})
        asset = str(answer["id"])
        await self._as_owner(service, "POST", f"/{asset}/open")
        return asset

    async def close(self, service: str, asset: str) -> None:
        """End it."""
        await self._as_owner(service, "POST", f"/{asset}/close")

    async def survey(self, anonymity: str) -> Filled:
        """A survey that is not answered yet."""
        elements: list[Json] = [{"type": "comment", "name": "text"}, {"type": "rating", "name": "mood"}]
        config = {"definition": {"elements": elements}, "anonymity": anonymity}
        return Filled(await self.create("survey", config))

    async def campaign(self) -> tuple[Filled, list[str]]:
        """A campaign with ideas, and their ids by number."""
        campaign = await self.create("ideation", {})
        body = {"title": "An idea", "text": "Please.", "language": "en"}
        ideas = [await self._as_owner("ideation", "POST", f"/{campaign}/ideas", body) for _ in range(IDEAS)]
        return Filled(campaign), [str(idea["id"]) for idea in ideas]

    async def answer(self, surveys: list[Filled], campaign: Filled, ideas: list[str]) -> None:
        """Everybody takes part in everything, each in an order of its own and all mixed."""
        ballots = self._random.sample(range(1, 2**IDEAS), PEOPLE)
        sends = [self._response(survey, person) for survey in surveys for person in self._shuffled()]
        sends += [self._ballot(campaign, ideas, who, one) for who, one in zip(self._shuffled(), ballots, strict=True)]
        self._random.shuffle(sends)
        while sends:
            burst = self._random.choice([1, 1, 1, BURST])
            now, sends = sends[:burst], sends[burst:]
            await asyncio.gather(*(send() for send in now))
            await self._something_else(campaign, ideas)

    def _shuffled(self) -> list[str]:
        return self._random.sample(self._people, PEOPLE)

    def _response(self, survey: Filled, person: str) -> Any:
        words = f"words {self._random.getrandbits(64):016x}"
        body = {"answers": {"text": words, "mood": self._random.randint(1, 5)}}

        async def send() -> None:
            await self._send("survey", person, "POST", f"/{survey.asset}/responses", body)
            survey.said[person] = words

        return send

    def _ballot(self, campaign: Filled, ideas: list[str], person: str, mask: int) -> Any:
        numbers = [number for number in range(1, IDEAS + 1) if mask >> (number - 1) & 1]
        body = {"approvals": [ideas[number - 1] for number in numbers]}

        async def send() -> None:
            await self._send("ideation", person, "PUT", f"/{campaign.asset}/ballot", body)
            campaign.said[person] = json.dumps(numbers)

        return send

    async def _something_else(self, campaign: Filled, ideas: list[str]) -> None:
        if self._random.random() < 0.2:
            who, idea = self._random.choice(self._people), self._random.choice(ideas)
            await self._send("ideation", who, "PUT", f"/{campaign.asset}/ideas/{idea}/support", None)

    async def _send(self, service: str, person: str, method: str, path: str, body: Json | None) -> None:
        headers = self._token(Role.MEMBER, person, audience=service)
        headers["Idempotency-Key"] = f"{self._random.getrandbits(128):032x}"
        await self._call(service, method, path, body, headers)

    async def _as_owner(self, service: str, method: str, path: str, body: Json | None = None) -> Json:
        headers = self._token(Role.OWNER, "owner", audience=service)
        found: Json = (await self._call(service, method, path, body, headers)).json()
        return found

    async def _call(
        self, service: str, method: str, path: str, body: Json | None, headers: dict[str, str]
    ) -> httpx.Response:
        _, client = self._apps[service]
        base = {"survey": "/surveys", "ideation": "/campaigns"}[service]
        answer = await client.request(method, base + path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer
