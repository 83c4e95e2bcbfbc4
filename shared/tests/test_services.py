"""Services among each other: what a stolen key, a forged token or a registry that is away can do, and cannot."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import SERVICE, Box, create_box_app

from interlinker_shared.auth import Assurance, Authenticator, Channel, Principal, Role
from interlinker_shared.clock import utc_now
from interlinker_shared.errors import UnauthorisedError, UnavailableError
from interlinker_shared.services.key import OwnKey, ServiceName, is_usable, new_pem
from interlinker_shared.services.keyring import Keyring, KeySet
from interlinker_shared.services.rights import OF_ANY, ServiceRight, rights_of
from interlinker_shared.services.tokens import CITIZEN_TYP, SERVICE_TYP, mint_citizen_token, mint_service_token
from interlinker_shared.services.ways import CitizenWay, ServiceWay
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, RunApp, TokenHeaders, introduced, shown

ANNA = Principal("anna", Role.OWNER, Channel.WEB, assurance=Assurance.HIGH)
SOME = str(uuid.uuid4())


def key_of(name: str = "forum/main") -> OwnKey:
    return OwnKey(ServiceName.of(name), new_pem())


def set_of(*keys: OwnKey, revision: int = 1) -> KeySet:
    return KeySet.of([(key.name, key.public) for key in keys], revision)


class Hours:
    """What the registry tells, how often it was asked, and whether it answers."""

    def __init__(self, *keys: OwnKey) -> None:
        self.keys = set_of(*keys)
        self.asked = 0
        self.away = False
        self.now = 0.0

    async def fetch(self) -> KeySet:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise UnavailableError("away")
        return self.keys


def door_of(keyring: Keyring, gateway: str = "gateway") -> Authenticator:
    door = Authenticator(SECRET, SERVICE)
    door.add(ServiceWay(keyring, SERVICE, gateway=gateway))
    door.add(CitizenWay(keyring, SERVICE, gateway=gateway))
    return door


@pytest.fixture
def registry() -> Hours:
    return Hours()


@pytest.fixture
def keyring(registry: Hours, tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json", lambda: None, fetch=registry.fetch, monotonic=lambda: registry.now)


async def refused(door: Authenticator, *tokens: str) -> bool:
    for token in tokens:
        with pytest.raises(UnauthorisedError, match="not valid here"):
            await door.find(token)
    return True


async def test_a_service_comes_as_itself_with_no_role(registry: Hours, keyring: Keyring) -> None:
    key = key_of()
    registry.keys = set_of(key)
    found = await door_of(keyring).find(mint_service_token(key, SERVICE))
    assert found.principal == Principal("service:forum", service="forum/main", rights=OF_ANY)
    assert (found.principal.role, found.expires - time.time() < 61) == (Role.PUBLIC, True)


async def test_the_gateway_says_who_a_citizen_is_and_what_she_may(registry: Hours, keyring: Keyring) -> None:
    key = key_of("gateway/main")
    registry.keys = set_of(key)
    found = await door_of(keyring).find(mint_citizen_token(key, ANNA, SERVICE, 900))
    assert found.principal == ANNA
    assert found.expires - time.time() < 301


async def test_a_leaked_forum_key_cannot_mint_citizens(registry: Hours, keyring: Keyring) -> None:
    forum, gateway = key_of(), key_of("gateway/main")
    registry.keys = set_of(forum, gateway)
    as_gateway = OwnKey(gateway.name, new_pem())
    as_gateway.kid = gateway.kid
    forged = forum.sign({"iss": "gateway/main", "aud": SERVICE, **_claims()}, CITIZEN_TYP)
    own = mint_citizen_token(forum, ANNA, SERVICE, 60)
    assert await refused(door_of(keyring), own, forged, mint_citizen_token(as_gateway, ANNA, SERVICE, 60))
    assert await refused(door_of(keyring, gateway="door"), mint_citizen_token(gateway, ANNA, SERVICE, 60))


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"sub": "anna", "role": "owner", "channel": "web", "jti": "j", "iat": now, "exp": now + 60} | changes


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "survey"},
        {"aud": [SERVICE]},
        {"iss": "forum/two"},
        {"iss": "forum"},
        {"sub": "service:gateway"},
        {"sub": "anna"},
        {"exp": 2**40},
        {"exp": int(time.time()) - 1, "iat": int(time.time()) - 61},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3660},
        {"exp": True},
        {"exp": None},
        {"iat": 1.5},
        {"jti": None},
        {"nbf": 0},
    ],
    ids="-".join,  # the names only: a time in an id would differ between processes
)
async def test_a_token_that_the_right_key_signed_can_be_wrong(
    registry: Hours, keyring: Keyring, wrong: dict[str, Any]
) -> None:
    key = key_of()
    registry.keys = set_of(key)
    right = _claims(sub="service:forum") | {"iss": "forum/main", "aud": SERVICE}
    door = door_of(keyring)
    assert (await door.find(key.sign(right, SERVICE_TYP))).principal.service
    assert await refused(door, key.sign(right | wrong, SERVICE_TYP))


async def test_a_token_for_another_or_of_a_stranger_is_refused(registry: Hours, keyring: Keyring) -> None:
    key, stranger = key_of(), key_of()
    registry.keys = set_of(key)
    door = door_of(keyring)
    assert await refused(door, mint_service_token(stranger, SERVICE), mint_service_token(key, "survey"))


async def test_a_token_is_worth_nothing_after_a_minute(registry: Hours, keyring: Keyring) -> None:
    key, now = key_of(), time.time()
    registry.keys = set_of(key)
    token = mint_service_token(key, SERVICE, now=lambda: now)
    later = ServiceWay(keyring, SERVICE, gateway="gateway", now=lambda: now + 61)
    assert await ServiceWay(keyring, SERVICE, gateway="gateway", now=lambda: now + 59).read(token)
    assert await later.read(token) is None


async def test_a_key_that_is_taken_away_ends_what_was_remembered(registry: Hours, tmp_path: Path) -> None:
    old, new = key_of(), key_of()
    door = Authenticator(SECRET, SERVICE)
    keyring = Keyring(tmp_path / "keys.json", door.forget, fetch=registry.fetch, monotonic=lambda: registry.now)
    door.add(ServiceWay(keyring, SERVICE, gateway="gateway"))
    keyring.learn(set_of(old))
    token = mint_service_token(old, SERVICE)
    await door.find(token)
    registry.keys = set_of(new, revision=2)
    keyring.learn(registry.keys)
    assert await refused(door, token)
    registry.now += 5
    assert (await door.find(mint_service_token(new, SERVICE))).principal.service == "forum/main"


async def test_a_new_key_is_looked_up_once_for_all_who_come_with_it(registry: Hours, keyring: Keyring) -> None:
    key = key_of()
    registry.keys = set_of(key)
    door = door_of(keyring)
    await asyncio.gather(*(door.find(mint_service_token(key, SERVICE)) for _ in range(20)))
    assert registry.asked == 1


async def test_who_makes_up_keys_does_not_keep_the_registry_busy(registry: Hours, keyring: Keyring) -> None:
    door = door_of(keyring)
    assert await refused(door, mint_service_token(key_of(), SERVICE))
    for _ in range(20):
        with pytest.raises(UnavailableError):
            await door.find(mint_service_token(key_of(), SERVICE))
    assert registry.asked == 1
    registry.now += 5
    assert await refused(door, mint_service_token(key_of(), SERVICE))
    assert registry.asked == 2


async def test_a_registry_that_is_away_puts_strangers_off_and_nobody_else(registry: Hours, keyring: Keyring) -> None:
    key = key_of()
    keyring.learn(set_of(key))
    registry.away = True
    door = door_of(keyring)
    assert (await door.find(mint_service_token(key, SERVICE))).principal.service
    with pytest.raises(UnavailableError):
        await door.find(mint_service_token(key_of(), SERVICE))


def test_the_keys_outlive_a_restart_and_a_broken_file_does_no_harm(tmp_path: Path) -> None:
    path, key = tmp_path / "keys.json", key_of()
    Keyring(path, lambda: None).learn(set_of(key, revision=7))
    again = Keyring(path, lambda: None)
    again.load()
    assert (again.known, again.known.revision) == (set_of(key, revision=7), 7)
    path.write_text('{"keys": [{"kid": "x"}]}')
    broken = Keyring(path, lambda: None)
    broken.load()
    assert broken.known.keys == {}


def test_a_list_with_a_key_under_a_wrong_name_is_not_believed() -> None:
    document = set_of(key_of()).document()
    for wrong in ({"kid": "x"}, {"x": "A" * 43}, {"crv": "X25519"}, {"service": "a/b"}, {"instance": ""}):
        with pytest.raises(ValueError, match=r"."):
            KeySet.read({"keys": [document["keys"][0] | wrong], "revision": 1})


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, again = (OwnKey.kept(ServiceName("forum", "main"), tmp_path / "forum.key") for _ in range(2))
    assert first.kid == again.kid
    assert (tmp_path / "forum.key").stat().st_mode & 0o777 == 0o600
    assert is_usable(first.public.x)


def test_rights_are_few_and_only_the_gateways_reach_people() -> None:
    assert rights_of("forum", gateway="gateway") == {ServiceRight.KEEP_LEASE, ServiceRight.READ_EVENTS}
    assert rights_of("gateway", gateway="gateway") == set(ServiceRight)
    assert rights_of("gateway", gateway="door") == OF_ANY


@pytest.fixture
async def app(test_settings: dict[str, Any]) -> FastAPI:
    return create_box_app(test_settings, clock=utc_now)


@pytest.fixture
async def here(app: FastAPI, run_app: RunApp, token: TokenHeaders) -> Box:
    return Box(await run_app(app), token)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Id, method and an address of every operation that not everybody may use."""
    for path, item in document["paths"].items():
        for method, one in item.items():
            if {"public": []} not in one["security"]:
                given = path.replace("{subject}", "olga").replace("{host_id}", "town")
                address = "/".join(SOME if part.startswith("{") else part for part in given.split("/"))
                yield one["operationId"], method.upper(), address


async def test_a_peer_may_read_events_and_nothing_else_that_not_everybody_may(app: FastAPI, here: Box) -> None:
    [forum] = introduced(app.state.kit, "forum/main")
    let_in = set()
    for name, method, address in operations(app.openapi()):
        headers = shown(forum, SERVICE) | {"If-Match": '"1"'}
        answer = await here.client.request(method, address, headers=headers, json={"title": "x"})
        if answer.status_code not in {403, 404, 422}:
            let_in.add(name)
    assert let_in == {"list_events", "list_changes"}


async def test_a_leaked_forum_key_cannot_erase_people(app: FastAPI, here: Box) -> None:
    forum, gateway = introduced(app.state.kit, "forum/main", "gateway/main")
    for method in ("GET", "DELETE"):
        answer = await here.client.request(method, "/subjects/olga", headers=shown(forum, SERVICE))
        assert answer.status_code == 403
    erased = await here.client.delete("/subjects/olga", headers=shown(gateway, SERVICE))
    assert erased.status_code == 204


async def test_the_gateway_looks_after_assets_of_processes_and_no_others(app: FastAPI, here: Box) -> None:
    [gateway] = introduced(app.state.kit, "gateway/main")
    own = {"title": "A box", "context": {"process": SOME, "task": "ideas"}}
    made = await here.client.post("/boxes", json=own, headers=shown(gateway, SERVICE))
    assert made.status_code == 201
    path = f"/boxes/{made.json()['id']}"
    for verb in ("open", "close"):
        assert (await here.client.post(f"{path}/{verb}", headers=shown(gateway, SERVICE))).status_code == 200
    theirs = await here.opened()
    refused = await here.client.post("/boxes", json={"title": "A box"}, headers=shown(gateway, SERVICE))
    closing = await here.client.post(f"/boxes/{theirs['id']}/close", headers=shown(gateway, SERVICE))
    assert (refused.status_code, closing.status_code) == (403, 403)


async def test_what_the_gateway_does_is_in_the_audit_trail(app: FastAPI, here: Box) -> None:
    [gateway] = introduced(app.state.kit, "gateway/main")
    body = {"title": "A box", "context": {"process": SOME, "task": "ideas"}}
    await here.client.post("/boxes", json=body, headers=shown(gateway, SERVICE))
    entries = (await here.ask("GET", "/audit")).json()["items"]
    assert [(entry["action"], entry["detail"]["role"]) for entry in entries] == [("create_box", "owner")]


async def test_a_block_alone_makes_no_key_and_knows_no_service(app: FastAPI, here: Box) -> None:
    kit: Kit = app.state.kit
    answers = [await here.client.get("/events", headers=shown(key_of(), SERVICE)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert not kit.services.follows
    assert "key" not in vars(kit.services)
