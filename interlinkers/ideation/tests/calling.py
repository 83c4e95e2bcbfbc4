"""A short way to call the ideation service as somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders, recorded


@dataclass
class Service:
    """The service under test; `who` is a person's id, None somebody without an account."""

    app: FastAPI
    client: httpx.AsyncClient
    token: TokenHeaders

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        who: str | None = "ana",
        role: Role = Role.MEMBER,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        signed = {} if who is None else self.token(role, who, audience="ideation")
        return await self.client.request(method, path, json=body, headers={**signed, **headers})

    async def staff(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> httpx.Response:
        return await self.call(method, path, body, who="staff", role=Role.OWNER, headers=headers)

    async def create_campaign(self, *, opened: bool = True, **config: Any) -> str:
        body = {"title": "A greener town", "language": "en", "config": config}
        answer = await self.staff("POST", "/campaigns", body)
        assert answer.status_code == 201, answer.text
        campaign = str(answer.json()["id"])
        if opened:
            await self.staff("POST", f"/campaigns/{campaign}/open")
        return campaign

    async def create_idea(
        self, campaign: str, title: str = "A pond", *, who: str = "ana", cost: int | None = None
    ) -> str:
        body = {"title": title, "text": f"{title}, please.", "language": "en"}
        answer = await self.call("POST", f"/campaigns/{campaign}/ideas", body, who=who)
        assert answer.status_code == 201, answer.text
        idea = str(answer.json()["id"])
        if cost is not None:
            await self.staff("PATCH", f"/campaigns/{campaign}/ideas/{idea}", {"cost": cost})
        return idea

    async def vote(self, campaign: str, *ideas: str, who: str = "ana", receipt: str | None = None) -> httpx.Response:
        body = {"approvals": ideas, "receipt": receipt}
        return await self.call("PUT", f"/campaigns/{campaign}/ballot", body, who=who)

    async def close(self, campaign: str) -> dict[str, Any]:
        """Close the campaign; gives its result."""
        closed = await self.staff("POST", f"/campaigns/{campaign}/close")
        assert closed.status_code == 200, closed.text
        result: dict[str, Any] = (await self.call("GET", f"/campaigns/{campaign}/result", who=None)).json()
        return result

    async def events(self, name: str) -> list[dict[str, Any]]:
        return await recorded(self.app, name)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and the last word of the problem's type."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]
