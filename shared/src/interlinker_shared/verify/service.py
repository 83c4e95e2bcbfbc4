"""The running service as a check sees it: an address, tokens, and nothing else known in advance."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.ids import new_id
from interlinker_shared.manifest import WELL_KNOWN, AssetsEntry, Manifest
from interlinker_shared.verify.sample import Json, sample_of

SUBJECT = "verify-owner"
MEMBER = "verify-member"
TOKEN_SECONDS = 600
FEED_PAGE = 1000
TITLE = "A check of the contract: please ignore"


@dataclass(frozen=True)
class Credentials:
    """A token of an owner, or the secret that makes tokens for anybody; with neither only public things can be checked."""

    token: str | None = None
    secret: str | None = None

    def of(self, role: Role, subject: str, audience: str) -> str | None:
        """A token for `role`, as far as one can be had: a given token serves for moderators and owners."""
        if self.secret is not None:
            return mint_token(self.secret, subject=subject, role=role, audience=audience, ttl=TOKEN_SECONDS)
        return self.token if role.rank >= Role.MODERATOR.rank else None


@dataclass
class Service:
    """One service under test; `client` has its address as base URL."""

    client: httpx.AsyncClient
    credentials: Credentials
    _documents: dict[str, Json] = field(default_factory=dict)
    _created: list[str] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, *, role: Role = Role.OWNER, subject: str | None = None, **request: Any
    ) -> httpx.Response:
        """Send one request in a role; a public one carries no token."""
        # As a page of the service itself would: what takes cookies wants to know where a request comes from.
        headers = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"} | request.pop("headers", {})
        if role is not Role.PUBLIC:
            headers |= await self.authorization(role, subject)
        return await self.client.request(method, path, headers=headers, **request)

    async def authorization(self, role: Role, subject: str | None = None) -> dict[str, str]:
        """The header of a role; empty where no token for it can be had."""
        default = SUBJECT if role.rank >= Role.MODERATOR.rank else MEMBER
        token = self.credentials.of(role, subject or default, (await self.manifest()).id)
        return {"Authorization": f"Bearer {token}"} if token else {}

    def can_be(self, role: Role) -> bool:
        """Whether a token for `role` can be had."""
        return self.credentials.of(role, SUBJECT, "") is not None

    async def document(self, path: str) -> Json:
        """A JSON document of the service, read once."""
        if path not in self._documents:
            self._documents[path] = (await self.client.get(path)).raise_for_status().json()
        return self._documents[path]

    async def manifest(self) -> Manifest:
        """Its manifest."""
        return Manifest.model_validate(await self.document(WELL_KNOWN))

    async def assets(self) -> AssetsEntry:
        """Where its assets live."""
        entry = (await self.manifest()).assets
        if entry is None:
            message = "the manifest names no assets"
            raise ValueError(message)
        return entry

    async def openapi(self) -> dict[str, Any]:
        """Its description of the API."""
        document: dict[str, Any] = await self.document((await self.manifest()).openapi)
        return document

    async def new_asset(self, **fields: Json) -> dict[str, Any]:
        """A body that creates an asset, with a config that its schema allows."""
        schema = await self.document((await self.assets()).config_schema)
        return {"title": TITLE, "language": "en", "config": sample_of(schema, schema), **fields}

    async def draft(self, **fields: Json) -> dict[str, Any]:
        """A new draft."""
        answer = await self.ask("POST", (await self.assets()).path, json=await self.new_asset(**fields))
        asset: dict[str, Any] = answer.raise_for_status().json()
        self._created.append(asset["id"])
        return asset

    async def opened(self) -> dict[str, Any]:
        """A new asset that people can take part in."""
        return await self.step(await self.draft(), "open")

    async def closed(self) -> dict[str, Any]:
        """A new asset that is over."""
        return await self.step(await self.opened(), "close")

    async def step(self, asset: dict[str, Any], verb: str) -> dict[str, Any]:
        """Open or close an asset."""
        answer = await self.ask("POST", await self.path_of(asset, f"/{verb}"))
        changed: dict[str, Any] = answer.raise_for_status().json()
        return changed

    async def path_of(self, asset: dict[str, Any] | UUID, suffix: str = "") -> str:
        """The path of an asset, or of something below it."""
        which = asset if isinstance(asset, UUID) else asset["id"]
        return f"{(await self.assets()).path}/{which}{suffix}"

    async def events(self, after: int = 0) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """Recorded events, oldest first, each with the cursor behind its page."""
        while True:
            page = (await self.ask("GET", "/events", params={"after": after, "limit": FEED_PAGE})).raise_for_status()
            items, after = page.json()["items"], page.json()["next"]
            for item in items:
                yield after, item
            if not items:
                return

    async def events_of(self, asset: dict[str, Any]) -> list[dict[str, Any]]:
        """The events of one asset."""
        return [event async for _, event in self.events() if event["subject"] == asset["id"]]

    async def changes(self) -> list[dict[str, Any]]:
        """The whole delta feed."""
        found: list[dict[str, Any]] = []
        after: str | None = "0"
        while after is not None:
            page = (await self.ask("GET", "/changes", params={"after": after, "limit": FEED_PAGE})).raise_for_status()
            found += page.json()["items"]
            after = page.json()["next"]
        return found

    def also_created(self, asset: dict[str, Any]) -> None:
        """Remember an asset that a check created by itself, so that it goes again."""
        self._created.append(asset["id"])

    async def clean_up(self) -> None:
        """Delete what checks created."""
        with contextlib.suppress(httpx.HTTPError, LookupError, TypeError, ValueError):
            while self._created:
                await self.ask("DELETE", f"{(await self.assets()).path}/{self._created.pop()}")


def unknown_id() -> UUID:
    """An id that nothing has."""
    return new_id()
