"""Strangers: everybody who has no business with what is hidden, and of what is known no more than a role says."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from shared.tests.portals import ORIGIN, Signer

from interlinker_shared.auth import mint_token
from interlinker_shared.roles import Role
from interlinker_shared.testing import SECRET
from tests.security.matrix.requests import Ask, role_of
from tests.security.matrix.things import Realm
from tests.security.matrix.world import World, signed_in

OF_ONE_ASSET = frozenset({"/notices", "/appeals", "/moderation/view"})
"""Lists that tell whoever is good for one asset of that asset, without being asked for it."""
OF_HERSELF = frozenset({"/consents"})
"""What people say of themselves, and may look at, also those who are good for one asset only."""
ROLES = (Role.OBSERVER, Role.MEMBER, Role.MODERATOR)


@dataclass(frozen=True)
class Actor:
    """Somebody. `role` is what she has in the block as such, and where nothing else was granted."""

    name: str
    headers: tuple[tuple[str, str], ...]
    role: Role = Role.PUBLIC
    read_only: bool = False
    knows_all: bool = False
    at_home: Role = Role.PUBLIC
    """What a token is good for in the one asset that it is good for."""

    def may(self, ask: Ask, realm: Realm, *, personal: bool) -> bool:
        """Whether a request of hers need not be refused."""
        if self.read_only and not ask.reads:
            return False
        if self.knows_all:
            return ask.reads
        at_home = ask.url in OF_HERSELF or (ask.url in OF_ONE_ASSET and ask.reads)
        if at_home and self.at_home.rank >= role_of(ask.operation).rank:
            return True
        return realm is not Realm.HIDDEN and not personal and self.role.rank >= role_of(ask.operation).rank


async def strangers(world: World) -> list[Actor]:
    """All of them."""
    anonymous = Actor("anonymous", ())
    nobody = Actor("somebody without a role", _minted(world, "nobody"))
    return [anonymous, nobody, *[one async for one in _with_accounts(world)], *[one async for one in _elsewhere(world)]]


async def _with_accounts(world: World) -> AsyncIterator[Actor]:
    """People of every role, shut out of what is hidden by a grant that gives less; and a key that may look at everything."""
    for role in ROLES:
        headers = await signed_in(world, f"shut-out-{role}", role)
        await _shut_out(world, await _subject_of(world, f"shut-out-{role}"))
        yield Actor(f"{role}, shut out", tuple(headers.items()), role)
        key, subject = await _key(world, {"name": role, "role": role})
        await _shut_out(world, subject)
        yield Actor(f"key of a {role}, shut out", key, role)
    key, _ = await _key(world, {"name": "All", "role": "owner", "read_only": True})
    yield Actor("read-only key of an owner", key, Role.OWNER, read_only=True, knows_all=True)


async def _elsewhere(world: World) -> AsyncIterator[Actor]:
    """People with a role in an asset or a process of their own, keys and embedded people that are good for one asset only."""
    own = next((name for name in world.roots if world.realm_of(name) is Realm.OWN), None)
    if own is None:
        return
    for role in (*ROLES, Role.OWNER):
        await _grant(world, world.roots[own], f"{role}-elsewhere", role)
        yield Actor(f"{role} elsewhere", _minted(world, f"{role}-elsewhere"))
    if not world.roots[own].startswith("asset:"):
        return
    for read_only in (False, True):
        name = "read-only key of one asset" if read_only else "key of one asset"
        fields = {"name": "One", "role": "owner", "asset": own, "read_only": read_only}
        key, _ = await _key(world, fields)
        yield Actor(name, key, read_only=read_only, at_home=Role.OWNER)
    for role in (Role.MEMBER, Role.MODERATOR):
        yield Actor(f"embedded {role}", await _embedded(world, own, role), at_home=role)


def _minted(world: World, subject: str) -> tuple[tuple[str, str], ...]:
    token = mint_token(SECRET, subject=subject, role=Role.PUBLIC, audience=world.service, ttl=3600)
    return (("Authorization", f"Bearer {token}"),)


async def _grant(world: World, scope: str, holder: str, role: Role) -> None:
    body = {"scope": scope, "holder": holder, "role": role}
    (await world.client.post("/grants", json=body, headers=world.people["olga"])).raise_for_status()


async def _shut_out(world: World, subject: str) -> None:
    for name, scope in world.roots.items():
        if world.realm_of(name) is Realm.HIDDEN:
            await _grant(world, scope, subject, Role.PUBLIC)


async def _key(world: World, fields: Mapping[str, object]) -> tuple[tuple[tuple[str, str], ...], str]:
    """What a program sends that has a new key, and the name under which it is known."""
    answer = await world.client.post("/keys", json=fields, headers=world.people["olga"])
    made = answer.raise_for_status().json()
    return (("Authorization", f"Bearer {made['key']}"),), f"key-{made['id'].replace('-', '')}"


async def _embedded(world: World, asset: str, role: Role) -> tuple[tuple[str, str], ...]:
    signer = Signer(asset, id=f"portal-{role}")
    host = {"id": signer.id, "name": "Portal", "max_role": "moderator", "origins": [ORIGIN]}
    answer = await world.client.post("/embed/hosts", json=host, headers=world.people["olga"])
    signer.secret = answer.raise_for_status().json()["secret"]
    said = signer.token(aud=world.service, role=role, sub=uuid.uuid4().hex, exp=int(time.time()) + 300)
    entered = await world.client.post("/embed/session", json={"token": said}, headers={"Origin": ORIGIN})
    return (("Authorization", f"Bearer {entered.raise_for_status().json()['token']}"),)


async def _subject_of(world: World, name: str) -> str:
    accounts = await world.client.get("/accounts", params={"limit": 100}, headers=world.people["olga"])
    return str(next(one["subject"] for one in accounts.json()["items"] if (one["email"] or "").startswith(name)))
