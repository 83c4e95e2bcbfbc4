"""The forum as its callers see it: one method per thing the tests do over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders, recorded

NOWHERE = "01890000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Forum:
    """A running forum; `who` is a person with an account, `None` a guest."""

    app: FastAPI
    client: httpx.AsyncClient
    token: TokenHeaders

    def headers(self, who: str | None, role: Role = Role.MEMBER) -> dict[str, str]:
        return self.token(role, who, audience="forum") if who else {}

    @property
    def staff(self) -> dict[str, str]:
        return self.headers("staff", Role.MODERATOR)

    @property
    def owner(self) -> dict[str, str]:
        return self.headers("owner", Role.OWNER)

    async def create_board(self, *, state: str = "open", **config: Any) -> str:
        """A board in that state, with that config."""
        body = {"title": "Our pool", "language": "en", "config": config}
        board = str(ok(await self.client.post("/boards", json=body, headers=self.staff))["id"])
        for step in {"draft": [], "open": ["open"], "closed": ["open", "close"]}[state]:
            ok(await self.client.post(f"/boards/{board}/{step}", headers=self.staff))
        return board

    async def create_topic(self, board: str, *, who: str | None = "ana", **fields: Any) -> dict[str, Any]:
        """A topic of that person."""
        body = {"title": "Opening hours", "text": "Until *ten*?", "language": "en"} | fields
        return ok(await self.client.post(f"/boards/{board}/topics", json=body, headers=self.headers(who)))

    async def create_post(self, topic: str, *, who: str | None = "ben", **fields: Any) -> dict[str, Any]:
        """A post of that person."""
        body = {"text": "Until **nine**!", "language": "en"} | fields
        return ok(await self.client.post(f"/topics/{topic}/posts", json=body, headers=self.headers(who)))

    async def discussed(self, **config: Any) -> tuple[str, str]:
        """An open board and a topic with two posts of one person and one of another."""
        board = await self.create_board(**config)
        topic = (await self.create_topic(board))["id"]
        for who in ("ben", "ben", "cleo"):
            await self.create_post(topic, who=who)
        return board, topic

    async def get(self, path: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        return ok(await self.client.get(path, headers=headers))

    async def import_items(self, board: str, *items: dict[str, Any]) -> list[str]:
        """The ids here of items handed over from an earlier step."""
        body = {"handover": "ideas-to-board", "items": list(items)}
        answer = ok(await self.client.post(f"/boards/{board}/imports", json=body, headers=self.staff))
        return [item["item"] for item in answer["items"]]

    async def close(self, board: str) -> dict[str, Any]:
        """The final result."""
        ok(await self.client.post(f"/boards/{board}/close", headers=self.staff))
        return await self.get(f"/boards/{board}/result")

    async def recorded(self, name: str) -> list[dict[str, Any]]:
        return await recorded(self.app, name)


def ok(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that must not be an error."""
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def problem(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, slug and pointers of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    return answer.status_code, body["type"].rpartition(":")[2], [error["pointer"] for error in body.get("errors", [])]
