"""A copy of a service in which everything is tried by those who may: what they cannot do proves nothing when strangers cannot."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import httpx

from interlinker_shared.verify.operations import Operation
from tests.security.matrix.forms import forms_of
from tests.security.matrix.requests import FORM, Ask
from tests.security.matrix.things import Realm
from tests.security.matrix.world import World, started

VERSIONS = (1, 2, 3)  # of things that were changed once or twice, for If-Match
FOREIGN = (Realm.HIDDEN, Realm.KNOWN)
ENOUGH = 4
PAGES = 12  # of an operation: only where something is going on do they have forms
REACHED = frozenset({409, 412})  # it was found, and only its state was in the way


@dataclass(frozen=True)
class Proven:
    """A request that somebody may make, of whom `by` is one; about things of a realm. `personal`: not even an owner may."""

    ask: Ask
    realm: Realm
    by: str
    personal: bool


class Lab:
    """The copy. After each request that took effect it is as it was."""

    def __init__(self, world: World, restore: Callable[[], None]) -> None:
        """`restore` makes its data what they were."""
        self._world = world
        self._restore = restore

    async def prove(self, ask: Ask) -> Proven | None:
        """That somebody may, if it is so."""
        for who in ("olga", "anna"):
            for version in VERSIONS:
                tried = replace(ask, version=version)
                answer = await self._try(tried, who)
                if answer.is_success or answer.is_redirect or answer.status_code in REACHED - {412}:
                    return Proven(tried, self._world.realm_of(ask.text), who, personal=who == "anna")
                if answer.status_code != httpx.codes.PRECONDITION_FAILED:
                    break
        return None

    async def pages(self, asks: Iterable[Ask]) -> dict[str, list[str]]:
        """By where they go, what the forms on these pages send."""
        found: dict[str, list[str]] = {}
        for ask in asks:
            for who in ("olga", "anna"):
                answer = await self._try(ask, who, Accept="text/html")
                for form in forms_of(answer.text, ask.url) if answer.is_success else ():
                    found.setdefault(form.action, []).append(form.body)
        return found

    async def _try(self, ask: Ask, who: str, **headers: str) -> httpx.Response:
        answer = await self._world.send(ask, who, **headers)
        if not ask.reads and not answer.is_client_error:
            self._restore()
        return answer


@contextlib.asynccontextmanager
async def laboratory(world: World, folder: Path) -> AsyncIterator[Lab]:
    """A lab beside the service."""
    with world.place.copied(folder) as copy:
        async with started(world.service, copy.place, world.change) as (app, client):
            yield Lab(replace(world, app=app, client=client, place=copy.place), copy.restore)


@dataclass(frozen=True)
class Findings:
    """What somebody may ask of what strangers have no business with; the forms of pages; and operations of which nothing came."""

    proofs: list[Proven]
    forms: dict[str, list[str]]
    barren: list[Operation]


async def proven(world: World, lab: Lab) -> Findings:
    """Try everything."""
    found: dict[str, list[Proven]] = {}
    forms = [one for one in world.operations if is_form(one)]
    for operation in world.operations:
        if operation not in forms:
            found[str(operation)] = await _some(
                lab, world, (ask for realm in FOREIGN for ask in world.asks(operation, {realm}))
            )
    pages = [one for one in world.operations if one.method == "get" and one.answers_html]
    sent = await lab.pages(
        ask for one in pages for realm in FOREIGN for ask in islice(_plainly(world.asks(one, {realm})), PAGES)
    )
    for operation in forms:
        asks = (ask for realm in FOREIGN for ask in world.asks(operation, {realm}))
        filled = (replace(ask, body=body, media=FORM) for ask in asks for body in sent.get(ask.url) or ("",))
        found[str(operation)] = await _some(lab, world, filled)
    barren = [one for one in world.operations if one.parameters and not found[str(one)] and not _is_empty(world, one)]
    return Findings([one for some in found.values() for one in some], sent, barren)


def _plainly(asks: Iterable[Ask]) -> Iterator[Ask]:
    """Of each thing one: a page that can be asked for in many ways must not take the place of other things' pages."""
    seen: set[tuple[str, ...]] = set()
    for ask in asks:
        if ask.path not in seen:
            seen.add(ask.path)
            yield ask


async def _some(lab: Lab, world: World, asks: Iterable[Ask]) -> list[Proven]:
    """Up to so many of a realm: a hundred topics are guarded as one is."""
    found: list[Proven] = []
    for ask in asks:
        realm = world.realm_of(ask.text)
        if sum(one.realm is realm for one in found) < ENOUGH and world.names_something(ask):
            one = await lab.prove(ask)
            found += [one] if one is not None else []
    return found


def is_form(operation: Operation) -> bool:
    """Whether a page sends it."""
    return operation.method == "post" and operation.body is None and operation.answers_html


def _is_empty(world: World, operation: Operation) -> bool:
    """Whether there can be nothing under it: a service without assets publishes no schemas of them."""
    return operation.path == "/schemas/{name}.json" and not world.app.state.schemas
