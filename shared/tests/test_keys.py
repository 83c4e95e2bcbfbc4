"""API keys: what each may do, that nobody learns it, and that it ends when it is revoked."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from shared.tests.boxes import Box, create_box_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.http import idempotency
from interlinker_shared.ids import new_id
from interlinker_shared.keys import store
from interlinker_shared.keys.way import KeyWay, digest_of
from interlinker_shared.state import Kit
from interlinker_shared.testing import RunApp, TokenHeaders, eventually


@pytest.fixture
def app(test_settings: dict[str, Any]) -> FastAPI:
    return create_box_app(test_settings, clock=utc_now)


async def made(box: Box, **fields: Any) -> dict[str, Any]:
    answer = await box.ask("POST", "/keys", json={"name": "Statistics"} | fields)
    key: dict[str, Any] = answer.raise_for_status().json()
    return key


async def status(box: Box, key: dict[str, Any], method: str, path: str, **more: Any) -> int:
    headers = {"Authorization": f"Bearer {key['key']}"}
    return (await box.client.request(method, path, headers=headers, **more)).status_code


async def refused(box: Box, key: dict[str, Any]) -> bool:
    return await status(box, key, "GET", "/boxes") == 401


def everything_in(session: Session, table: str) -> list[Any]:
    return list(session.execute(text(f"SELECT * FROM {table}")))  # noqa: S608 - names of ours


async def test_a_key_may_what_it_was_made_for(box: Box) -> None:
    box_id = (await box.opened())["id"]
    put = f"/boxes/{box_id}/things"
    member, reader = await made(box), await made(box, role="owner", read_only=True)
    assert await status(box, member, "POST", put, json={"name": "x"}) == 201
    assert await status(box, member, "POST", f"/boxes/{box_id}/close") == 403
    assert await status(box, reader, "GET", "/changes") == 200
    assert await status(box, reader, "POST", put, json={"name": "x"}) == 403
    assert await status(box, reader, "DELETE", f"/keys/{member['id']}") == 403


async def test_a_key_for_one_asset_is_no_good_for_another(box: Box) -> None:
    mine, other = (await box.opened())["id"], (await box.opened())["id"]
    key = await made(box, role="owner", asset=mine)
    assert await status(box, key, "GET", f"/boxes/{mine}") == 200
    assert await status(box, key, "POST", f"/boxes/{mine}/close") == 200
    assert await status(box, key, "GET", f"/boxes/{other}") == 404
    for method, path in (("GET", "/keys"), ("POST", "/keys"), ("DELETE", f"/keys/{key['id']}")):
        body = {"json": {"name": "A key to all"}} if method == "POST" else {}
        assert await status(box, key, method, path, **body) == 403, (method, path)


async def test_a_key_for_one_asset_cannot_make_another_for_it(box: Box) -> None:
    mine = (await box.opened())["id"]
    key = await made(box, role="owner", asset=mine)
    assert await status(box, key, "POST", "/keys", json={"name": "A heir", "asset": mine}) == 403
    assert len((await box.ask("GET", "/keys")).json()["items"]) == 1


async def test_a_key_is_shown_once_and_kept_nowhere(box: Box, app: FastAPI) -> None:
    repeated = {"Idempotency-Key": "once"}
    first, second = [await box.ask("POST", "/keys", json={"name": "K"}, headers=repeated) for _ in range(2)]
    key = first.json()["key"]
    assert (key[:4], len(key), second.json()["id"], second.json()["key"]) == ("ilk_", 47, first.json()["id"], None)
    assert "ilk_" not in (await box.ask("GET", "/keys")).text
    kit: Kit = app.state.kit
    for table in (store.ApiKeyRow.__tablename__, idempotency.IdempotencyRow.__tablename__):
        held = await kit.db.read(everything_in, table)
        assert held, "there is something to look through"
        assert key not in str(held)
        assert key[4:] not in str(held)


async def test_a_revoked_key_is_refused_at_once(box: Box) -> None:
    key = await made(box)
    assert await status(box, key, "GET", "/boxes") == 200
    assert (await box.ask("DELETE", f"/keys/{key['id']}")).status_code == 204
    assert await status(box, key, "GET", "/boxes") == 401
    assert (await box.ask("DELETE", f"/keys/{key['id']}")).status_code == 404


async def test_a_key_ends_when_it_was_said_to(box: Box, app: FastAPI) -> None:
    key = await made(box, expires_at=(utc_now() + timedelta(hours=1)).isoformat())
    assert await status(box, key, "GET", "/boxes") == 200
    kit: Kit = app.state.kit
    later = KeyWay(kit.db, lambda: utc_now() + timedelta(hours=1))
    assert await later.read(key["key"]) is None
    kit.auth.add(later)
    await eventually(lambda: refused(box, key))


@pytest.mark.parametrize(
    "other",
    [
        lambda key: key + "x",
        lambda key: key[:-1],
        lambda key: key.upper(),
        lambda key: key.replace("ilk_", "ils_"),
        lambda key: key[4:],
        digest_of,
        lambda key: "ilk_" + digest_of(key)[:43],
        lambda _key: "ilk_" + "A" * 43,
        lambda _key: "ilk_",
        lambda _key: "ilk_' OR 1=1 --",
    ],
)
async def test_what_is_not_quite_a_key_is_none(box: Box, other: Any) -> None:
    key = await made(box)
    assert await status(box, key | {"key": other(key["key"])}, "GET", "/boxes") == 401


async def test_last_use_is_noted_without_a_write_for_each_request(box: Box, app: FastAPI) -> None:
    kit: Kit = app.state.kit
    used, idle = await made(box), await made(box)
    writes: list[set[str]] = []
    kit.db.on_commit(writes.append)
    for _ in range(50):
        await status(box, used, "GET", "/boxes")
    listed = {one["id"]: one["last_used_at"] for one in (await box.ask("GET", "/keys")).json()["items"]}
    assert (listed, writes) == ({used["id"]: None, idle["id"]: None}, [])
    await kit.keys.note()
    listed = {one["id"]: one["last_used_at"] for one in (await box.ask("GET", "/keys")).json()["items"]}
    assert listed[idle["id"]] is None
    assert listed[used["id"]] is not None


async def test_an_earlier_use_does_not_overwrite_a_later_one(box: Box, app: FastAPI) -> None:
    kit: Kit = app.state.kit
    key, now = UUID((await made(box))["id"]), utc_now()
    for at in (now, now - timedelta(minutes=5)):
        await kit.db.write(store.note_uses, {key: at})
    assert (await kit.db.read(lambda session: session.get_one(store.ApiKeyRow, key).last_used_at)) == now


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "public"}, "/role"),
        ({"asset": str(new_id())}, "/asset"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "/expires_at"),
        ({"name": ""}, "/name"),
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(box: Box, body: dict[str, Any], pointer: str) -> None:
    answer = await box.ask("POST", "/keys", json={"name": "K"} | body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_keys_are_the_owners_business(box: Box) -> None:
    for method, path in (("GET", "/keys"), ("POST", "/keys"), ("DELETE", f"/keys/{new_id()}")):
        assert (await box.ask(method, path, Role.PUBLIC)).status_code == 401
        assert (await box.ask(method, path, Role.MODERATOR)).status_code == 403


async def test_keys_are_listed_page_by_page(box: Box) -> None:
    names = [f"Key {number}" for number in range(3)]
    for name in names:
        await made(box, name=name)
    first = (await box.ask("GET", "/keys?limit=2")).json()
    rest = (await box.ask("GET", f"/keys?limit=2&cursor={first['next']}")).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == names
    assert (await box.ask("GET", "/keys?cursor=bm8")).status_code == 422


@pytest.mark.postgres
async def test_a_key_revoked_in_one_replica_is_refused_in_the_other_within_a_second(
    test_settings: dict[str, Any], postgres_url: str, run_app: RunApp, token: TokenHeaders
) -> None:
    settings = test_settings | {"database_url": postgres_url}
    here, there = [Box(await run_app(create_box_app(settings, clock=utc_now)), token) for _ in range(2)]
    key = await made(here)
    assert await status(there, key, "GET", "/boxes") == 200
    assert (await here.ask("DELETE", f"/keys/{key['id']}")).status_code == 204
    revoked = time.monotonic()
    await eventually(lambda: refused(there, key))
    assert time.monotonic() - revoked < 1.0
