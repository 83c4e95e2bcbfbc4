"""A service with something in every corner that its OpenAPI tells of: public, hidden from strangers, and somebody's own."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice, product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from interlinker_shared.accounts import admin_link
from interlinker_shared.grants.domain import BLOCK
from interlinker_shared.testing import SECRET
from interlinker_shared.verify.operations import METHODS, PARAMETER, Operation
from tests.conformance.conftest import create
from tests.security.matrix.by_hand import DIRECTORY, WORDS, bodies_of, plant, put_away, words_of
from tests.security.matrix.places import Place
from tests.security.matrix.requests import JSON, Ask, bodies, is_id, queries
from tests.security.matrix.things import Realm, Thing

HOST = "http://localhost"
MARKER = "Zinnober"
"""Stands in every text that strangers must not see."""
ENDINGS = (
    "open",
    "close",
    "clone",
    "cancel",
    "remove",
    "delete",
    "end",
    "retry",
    "replay",
    "outcome",
    "rotate-secret",
    "archive",
    "merge",
    "move",
    "split",
)
ALIASES = {"subjects": "accounts", "desk": "ideas"}  # the same names under another heading
NAMES = ("id", "subject", "service")  # of things, in answers
EACH = 5  # things that every operation which makes some makes in each realm
TRIES = 60

Change = Callable[[FastAPI], None]
"""What is done to a service before it starts, to see that it is found."""


@dataclass
class World:
    """The service, the people who made it what it is, and what there is in it."""

    service: str
    app: FastAPI
    client: httpx.AsyncClient
    document: dict[str, Any]
    place: Place
    change: Change
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    """Name of each asset or process, and the scope that it is, by what it is here for."""
    things: dict[tuple[str, str], Thing] = field(default_factory=dict)
    made: Counter[tuple[str, Realm]] = field(default_factory=Counter)

    @property
    def operations(self) -> list[Operation]:
        """All that the service offers."""
        paths: dict[str, Any] = self.document["paths"]
        return [
            Operation(method, path, item[method])
            for path, item in paths.items()
            for method in METHODS
            if method in item
        ]

    def named(self, realm: Realm) -> list[str]:
        """The names of a realm, the longest first, so that none is exchanged within another."""
        return sorted((one.name for one in self.things.values() if one.realm is realm), key=len, reverse=True)

    def realm_of(self, text: str) -> Realm:
        """What a text is about: something hidden, if it names any such thing."""
        for realm in (Realm.HIDDEN, Realm.OWN):
            if any(name in text for name in self.named(realm)):
                return realm
        return Realm.KNOWN

    def names_something(self, ask: Ask) -> bool:
        """Whether a request is about anything that is here."""
        return bool(ask.path) or any(is_id(one.name) and one.name in ask.text for one in self.things.values())

    def of(self, heading: str) -> list[str]:
        """The names under a heading."""
        return [one.name for one in self.things.values() if one.heading == heading]

    def add(self, name: str, heading: str, realm: Realm) -> None:
        """Remember something."""
        realm = next((one.realm for one in self.things.values() if one.name == name), realm)
        self.things.setdefault((heading, name), Thing(name, heading, realm))

    def asks(self, operation: Operation, realms: set[Realm]) -> Iterator[Ask]:
        """Every request with this operation about things of these realms."""
        choices = self._choices(realms)
        for path in product(*self._in_path(operation, realms)):
            for query in queries(operation, self.document, choices):
                for body in bodies(operation, self.document, choices, bodies_of(self.app)):
                    yield Ask(operation, path, query, body)

    async def send(self, ask: Ask, who: str, **more: str) -> httpx.Response:
        """Ask as one of the people."""
        request = ask.request()
        request["headers"] |= self.people[who] | more
        return await self.client.request(**request)

    def harvest(self, ask: Ask, answer: httpx.Response) -> None:
        """Remember what an answer names."""
        if not answer.is_success or not answer.content or answer.headers.get("content-type") != JSON:
            return
        found = answer.json()
        items = found.get("items", [found]) if isinstance(found, dict) else []
        for item in items:
            name = next((item[key] for key in NAMES if isinstance(item.get(key), str)), None)
            if name is not None and heading_of(ask.operation.path) not in WORDS:
                realm = self.realm_of(f"{ask.text} {json.dumps(item)}") if is_id(name) else Realm.KNOWN
                self.add(name, heading_of(ask.operation.path), realm)

    def _in_path(self, operation: Operation, realms: set[Realm]) -> list[list[str]]:
        before = PARAMETER.split(operation.path)[::2]
        # A parameter right behind another one is a part of the same name.
        so_far = ["".join(before[: number + 1]) for number in range(len(operation.parameters))]
        return [self._under(heading_of(part), realms) for part in so_far]

    def _under(self, heading: str, realms: set[Realm]) -> list[str]:
        heading = ALIASES.get(heading, heading)
        return [one.name for one in self.things.values() if one.heading == heading and one.realm in realms]

    def _choices(self, realms: set[Realm]) -> dict[str, list[str]]:
        names = [one.name for one in self.things.values() if one.realm in realms]
        ids = [name for name in dict.fromkeys(names) if is_id(name)]
        scopes = [self.roots[name] for name in ids if name in self.roots]
        return {"uuid": ids, "scope": [*scopes, BLOCK], **words_of(self.app)}


def heading_of(path: str) -> str:
    """The last word of a path that is no parameter."""
    return next((word for word in reversed(path.split("/")) if word and "{" not in word), "")


def as_it_is(_app: FastAPI) -> None:
    """Change nothing of a service."""


@contextlib.asynccontextmanager
async def started(
    service: str, place: Place, change: Change = as_it_is
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The service on the data of a place, with nobody around and nothing limited."""
    free = dict.fromkeys(("limit_reads", "limit_writes", "limit_costly", "limit_address"), 0)
    alone = {"nats_url": None, "registry_url": None, "guest_challenge": False, "accounts": "on", "public_url": HOST}
    (place.folder / "directory.json").write_text(DIRECTORY)
    app = create(service, data_dir=place.folder, database_url=place.url, secret=SECRET, **free, **alone)
    change(app)
    async with LifespanManager(app, startup_timeout=20) as manager:
        transport = httpx.ASGITransport(manager.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            yield app, client


@contextlib.asynccontextmanager
async def peopled(service: str, place: Place, change: Change = as_it_is) -> AsyncIterator[World]:
    """The service with people and things in it."""
    async with started(service, place, change) as (app, client):
        world = World(service, app, client, app.openapi(), place, change)
        world.people["olga"] = await _owner(world)
        world.people["anna"] = await signed_in(world, "anna", "member")
        await _found(world)
        await plant(world)
        for moderate in (False, False, True, True):  # twice: some of it is about what only then is there
            for realm in Realm:
                await _grow(world, realm, moderate=moderate)
            if moderate:
                await _look_around(world)
        await _settle(world)
        yield world


async def signed_in(world: World, name: str, role: str) -> dict[str, str]:
    """Somebody new with an account."""
    invited = {"email": f"{name}@example.org", "role": role}
    answer = await world.client.post("/invitations", json=invited, headers=world.people["olga"])
    token = parse_qs(urlsplit(answer.raise_for_status().json()["link"]).query)["token"][0]
    entered = await world.client.post("/sign-in/confirm", json={"token": token})
    return {"Authorization": f"Bearer {entered.raise_for_status().json()['token']}"}


async def _owner(world: World) -> dict[str, str]:
    said = {"token": admin_link.mint(SECRET, world.service), "email": "olga@example.org"}
    answer = await world.client.post("/sign-in/confirm/view", data=said, headers={"Origin": HOST})
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    token = next(iter(world.client.cookies.jar)).value
    world.client.cookies.clear()
    return {"Authorization": f"Bearer {token}"}


async def _found(world: World) -> None:
    """The assets that all the rest is in, where the service has such."""
    kind = world.app.state.kit.assets
    if kind is None:
        return
    config = bodies_of(world.app)[f"create_{kind.singular}"]["config"]
    for realm, title, visibility, life in (
        (Realm.OWN, "Ours", "public", ["open"]),
        (Realm.KNOWN, "Everybody's", "public", ["open"]),
        (Realm.HIDDEN, MARKER, "restricted", ["open"]),
        (Realm.HIDDEN, MARKER, "public", []),
        (Realm.HIDDEN, MARKER, "restricted", ["open"]),
    ):
        body = {"title": title, "config": config, "visibility": visibility}
        made = await world.client.post(kind.path, json=body, headers=world.people["olga"])
        name = made.raise_for_status().json()["id"]
        world.add(name, heading_of(kind.path), realm)
        world.roots[name] = f"asset:{name}"
        for step in life:
            (await world.client.post(f"{kind.path}/{name}/{step}", headers=world.people["olga"])).raise_for_status()


async def _grow(world: World, realm: Realm, *, moderate: bool) -> None:
    """Let people make what can be made in a realm; moderation takes things away, so that it comes last and not all goes."""
    for operation in sorted(
        world.operations, key=lambda one: len(one.parameters)
    ):  # what hangs on a thing comes after it
        if not _makes(operation) or ("moderation" in operation.description.get("tags", ())) is not moderate:
            continue
        most = (1 if "appeal" in operation.path else 2) if moderate and operation.parameters else EACH
        if operation.path.endswith("/merge"):
            most = 1  # each takes one away, and something must be left to be merged
        for ask in _again(islice(world.asks(operation, {realm}), TRIES), EACH):
            if world.made[operation.path, realm] >= most:
                break
            world.made[operation.path, realm] += await _made(world, ask)


def _again(asks: Iterable[Ask], times: int) -> Iterator[Ask]:
    """Those asks, and where there are fewer than so many each as often as it takes: the same words make another thing."""
    found = list(asks)
    yield from found if len(found) >= times else islice(cycle(found), times)


async def _made(world: World, ask: Ask) -> bool:
    if world.realm_of(ask.text) is Realm.HIDDEN:
        ask = ask.about({"Verify": MARKER})
    for who in ("anna", "olga"):
        answer = await world.send(ask, who)
        if answer.is_success:
            world.harvest(ask, answer)
            return True
    return False


def _makes(operation: Operation) -> bool:
    """Whether an operation leaves more than there was."""
    word = operation.path.rpartition("/")[2]
    return operation.method in {"post", "put"} and word not in ENDINGS and not operation.answers_html


async def _look_around(world: World) -> None:
    """Remember what lists name that nobody has been told of."""
    for operation in world.operations:
        if operation.method == "get" and not operation.answers_html:
            for ask in list(islice(world.asks(operation, set(Realm)), EACH * len(Realm))):
                for who in ("olga", "anna"):
                    world.harvest(ask, await world.send(ask, who))


async def _settle(world: World) -> None:
    """Close the last of the hidden assets, which then has a result, and let webhooks rest: trying to send changes them."""
    for one in world.of("webhooks"):
        await world.client.patch(
            f"/webhooks/{one}", json={"enabled": False}, headers=world.people["olga"] | {"If-Match": '"1"'}
        )
    kind = world.app.state.kit.assets
    if kind is not None:
        last = list(world.roots)[-1]
        (await world.client.post(f"{kind.path}/{last}/close", headers=world.people["olga"])).raise_for_status()
        await put_away(world, kind.path, last)
