"""For tests of what readers get: what is kept for them, against what would be rendered now, after each kind of write."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import TypeAdapter
from sqlalchemy import event
from sqlalchemy.pool import Pool

from interlinker_shared.assets import timers
from interlinker_shared.assets.events import WithdrawnItem
from interlinker_shared.assets.subscribers import withdrawal_handler
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.events import Envelope
from interlinker_shared.http.cache import kept_by
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NOWHERE = "01890000-0000-7000-8000-000000000000"
PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
PAST_THE_CACHE = {"Cookie": "any=thing"}  # no answer depends on a cookie, and none to a request with one is kept
COMPUTED_AT = re.compile(rb'"computed_at":"[^"]*"')
VARIANTS = ("", "?limit=2", "?lang=de")
OPERATORS = (
    *(
        "/audit",
        "/webhooks",
        "/events",
        "/dead-letters",
        "/health",
        "/metrics",
        "/grants",
        "/keys",
        "/embed",
        "/consents",
    ),
    *("/sign-in", "/sessions", "/invitations", "/account", "/people", "/passkeys"),
)
"""Routes for those who run a service, and of accounts: they change nothing that a reader sees, and have tests of their own."""


TOO_MANY = 429
_ran: list[str] = []


@event.listens_for(Pool, "connect")
def _watch(connection: object, _record: object) -> None:
    """Statements are counted where they run: hot ones pass by SQLAlchemy's own events."""
    if isinstance(connection, sqlite3.Connection):
        connection.set_trace_callback(_note)


def _note(statement: str) -> None:
    if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        _ran.append(statement)


def routes(app: FastAPI) -> Iterator[tuple[str, str, str | None]]:
    """Method, pattern and how its answers are kept, of every route."""
    for context in iter_route_contexts(app.routes):
        for method in sorted((context.methods or set()) - {"HEAD"}):
            yield method, context.path or "", kept_by(context.endpoint)


def models(app: FastAPI) -> dict[str, TypeAdapter[Any]]:
    """The declared model of what each public GET route answers, by its pattern."""
    kept = [one for one in _kept_routes(app) if kept_by(one.endpoint) != "always"]
    declared = [(one.path or "", getattr(one, "response_model", None)) for one in kept]
    return {path: TypeAdapter(model) for path, model in declared if model is not None}


def _kept_routes(app: FastAPI) -> list[RouteContext]:
    return [one for one in iter_route_contexts(app.routes) if "GET" in (one.methods or ()) and kept_by(one.endpoint)]


class Readers:
    """People without a token who read all there is to read, while others write."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, **known: Sequence[str]) -> None:
        """`known` are values of path parameters; the time stands still, so that two answers can be compared."""
        self._kit: Kit = app.state.kit
        self._kit.clock = lambda: NOW
        self._app = app
        self.client = client
        self._known = {name: list(values) for name, values in known.items()}
        self._tried: set[tuple[str, str]] = set()

    def learn(self, name: str, value: str) -> None:
        """Read what has this value of a path parameter as well."""
        self._known[name].append(value)

    async def read(self) -> set[str]:
        """Read everything; gives the addresses that were answered from what is kept."""
        return {path for path in self._addresses() if was_kept(await self.client.get(path))}

    async def misled(self) -> list[str]:
        """The addresses at which readers are given something else than what would be rendered now."""
        return [path for path in self._addresses() if not await self._told_the_truth(path)]

    async def undeclared(self) -> list[str]:
        """The addresses whose JSON is not what their model would write: rendered past it, it must come to the same."""
        known = models(self._app)
        pairs = [(path, known[pattern]) for pattern in known for path in self._addresses(pattern)]
        return [path for path, model in pairs if not _as_declared(await self.client.get(path), model)]

    async def statements(self) -> dict[str, int]:
        """How many statements each GET route takes that can be asked with what is known, rendered anew for an owner.

        Of several addresses of a route it is the most. On SQLite only, whose connections tell what they run.
        """
        found: dict[str, int] = {}
        for place, one in enumerate(iter_route_contexts(self._app.routes)):
            costly = getattr(one.endpoint, "costly", False)  # of which nobody may ask as many as there are
            headers = self._headers(Role.OWNER, f"owner-{place}" if costly else "owner")
            if (one.path or "").startswith(OPERATORS):
                continue
            if "GET" in (one.methods or ()) and set(PARAMETER.findall(one.path or "")) <= self._known.keys():
                most = max([await self._ran_for(path, headers) for path in self._addresses(one.path or "")])
                found |= {one.path or "": most} if most else {}
        return found

    async def after(self, role: Role, method: str, path: str, body: object = None, **how: str) -> Any:
        """Write when everything is kept, and see that nobody is misled by it; gives what the write answered.

        `how` are headers, and `who` is the person, of that role, who writes.
        """
        await self.read()
        who = how.pop("who", role.value)
        headers = self._headers(role, who) | {name.replace("_", "-"): value for name, value in how.items()}
        answer = await self.client.request(method, path, json=body, headers=headers)
        assert not answer.is_error, answer.text  # noqa: S101 - this is a test
        self._tried.add((method, path.partition("?")[0]))
        await self.trust(f"{method} {path}")
        return answer.json() if answer.content else None

    async def trust(self, deed: str) -> None:
        """AssertionError when somebody is misled after a deed, or is told it in a form that nobody declared."""
        misled = await self.misled()
        assert not misled, f"misled after {deed}: {misled}"  # noqa: S101 - this is a test
        undeclared = await self.undeclared()
        assert not undeclared, f"not as declared after {deed}: {undeclared}"  # noqa: S101 - this is a test

    def untried(self) -> set[str]:
        """The operations that write and that were not tried, those without a form of their own."""
        writes = {(method, path) for method, path, _ in routes(self._app) if method != "GET" and "/view" not in path}
        left = {(method, path) for method, path in writes if not path.startswith(OPERATORS)}
        return {f"{method} {path}" for method, path in left if not self._was_tried(method, path)}

    async def see_the_life(self, asset: str) -> None:
        """Do to an asset, which is open, all that the contract of assets knows; it is gone in the end."""
        kind = self._kit.assets
        assert kind is not None, "this service has no assets"  # noqa: S101 - this is a test
        path = f"{kind.path}/{asset}"
        for verb in ("clone", "open"):
            await self.after(Role.MODERATOR, "POST", f"{path}/{verb}")
        due = {"title": "Another title", "closes_at": (NOW + timedelta(hours=1)).isoformat()}
        tag = (await self.client.get(path)).headers["ETag"]
        await self.after(Role.MODERATOR, "PATCH", path, due, If_Match=tag)
        grant = {"scope": f"asset:{asset}", "holder": "somebody", "role": Role.OBSERVER}
        granted = await self.after(Role.OWNER, "POST", "/grants", grant)
        await self.after(Role.OWNER, "DELETE", f"/grants/{granted['id']}")
        await self.fall_due()
        await self.after(Role.MODERATOR, "POST", f"{path}/close")
        await self.after(Role.OWNER, "DELETE", path)

    async def fall_due(self) -> None:
        """Let an hour pass, so that assets open and close by themselves."""
        await self.read()
        self._kit.clock = lambda: NOW + timedelta(hours=1)
        await timers.fire(self._kit)
        await self.trust("a due date")

    async def withdraw_elsewhere(self, item: str) -> None:
        """An item was withdrawn where it came from, which is NOWHERE: those who took it over hear of it."""
        await self.read()
        kind = self._kit.assets
        assert kind is not None, "this service has no assets"  # noqa: S101 - this is a test
        said = {"asset": NOWHERE, "item": item}
        type_ = "eu.interlinkers.other.item.withdrawn.v1"
        event = Envelope(
            id=UUID(int=1), source="/other/main", type=type_, subject=NOWHERE, time=NOW, aggseq=1, data=said
        )
        await self._kit.db.write(withdrawal_handler(kind).fn, WithdrawnItem.model_validate(said), event)
        await self.trust("a withdrawal elsewhere")

    def _addresses(self, *only: str) -> list[str]:
        patterns = only or tuple(one.path or "" for one in _kept_routes(self._app) if kept_by(one.endpoint) != "always")
        return [filled + variant for path in patterns for filled in _filled(path, self._known) for variant in VARIANTS]

    async def _told_the_truth(self, path: str) -> bool:
        given = await self.client.get(path)
        if not was_kept(given):  # it was rendered just now
            return True
        fresh = await self.client.get(path, headers=PAST_THE_CACHE)
        return (given.status_code, _timeless(given)) == (fresh.status_code, _timeless(fresh))

    async def _ran_for(self, path: str, headers: dict[str, str]) -> int:
        """The fewest statements of three tries: what runs in the background may come between one of them."""
        counts = []
        for _ in range(3):
            _ran.clear()
            answer = await self.client.get(path, headers=headers)
            assert answer.status_code != TOO_MANY, path  # noqa: S101 - it would look as if it took none
            counts.append(0 if answer.is_error else len(_ran))
        return min(counts)

    def _headers(self, role: Role, who: str) -> dict[str, str]:
        if role is Role.PUBLIC:
            return {}
        token = mint_token(SECRET, subject=who, role=role, audience=self._kit.service)
        return {"Authorization": f"Bearer {token}"}

    def _was_tried(self, method: str, pattern: str) -> bool:
        expression = PARAMETER.sub("[^/]+", pattern)
        return any(way == method and re.fullmatch(expression, path) for way, path in self._tried)


def handed_over(*items: str) -> dict[str, Any]:
    """A handover of items that came from NOWHERE."""
    source = {"interlinker": "other", "asset": NOWHERE}
    entries = [{"id": item, "title": f"Item {item}", "source": source | {"item": item}} for item in items]
    return {"handover": "from-nowhere", "items": entries}


def was_kept(answer: httpx.Response) -> bool:
    """Whether it was given from what is kept: then it has no trace of its own."""
    return "traceparent" not in answer.headers


def _as_declared(answer: httpx.Response, model: TypeAdapter[Any]) -> bool:
    if answer.is_error or "json" not in answer.headers["content-type"]:
        return True
    written = json.loads(model.dump_json(model.validate_json(answer.content)))
    return bool(_without_nulls(written) == _without_nulls(answer.json()))


def _without_nulls(value: Any) -> Any:
    """Some answers leave out what is null; either way is as declared."""
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    return value


def _timeless(answer: httpx.Response) -> bytes:
    """The body without when it was computed, which a provisional result tells: that of a kept one stays true."""
    return COMPUTED_AT.sub(b"", answer.content)


def _filled(pattern: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    names = PARAMETER.findall(pattern)
    for values in itertools.product(*(known[name] for name in names)):
        yield pattern.format(**dict(zip(names, values, strict=True)))
