"""A principal who is locked to one asset: that one, what is her own, and nothing else; also on routes nobody thought of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter
from shared.tests.boxes import SERVICE, Box, create_box_app
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.auth import Principal, Role, mint_for
from interlinker_shared.http import Anyone, Database, OwnerHere
from interlinker_shared.ids import new_id
from interlinker_shared.testing import SECRET, RunApp, TokenHeaders

FORGOTTEN: list[str] = []


async def do_something(db: Database, _who: Anyone) -> None:
    """A route whose author did not think of locks."""
    await db.write(lambda _session: FORGOTTEN.append("done"))


async def read_as(asset_id: UUID, db: Database, who: OwnerHere) -> Asset:
    """A route that loads an asset in the usual way."""

    def load(session: Session) -> Asset:
        return assets.require(session, asset_id)

    return await db.read(load)


@dataclass
class Locked:
    """Somebody who may do everything, on one box only."""

    box: Box
    mine: str
    other: str

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        who = Principal("olga", Role.OWNER, asset=UUID(self.mine))
        bearer = {"Authorization": f"Bearer {mint_for(SECRET, who, audience=SERVICE, ttl=60)}"}
        return await self.box.client.request(method, path, headers=bearer | more.pop("headers", {}), **more)


@pytest.fixture
async def locked(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders) -> Locked:
    def more(router: APIRouter) -> None:
        router.add_api_route("/something", do_something, methods=["POST"], status_code=204)
        router.add_api_route("/load/{asset_id}", read_as, methods=["GET"])

    box = Box(await run_app(create_box_app(test_settings, routes=more)), token)
    FORGOTTEN.clear()
    return Locked(box, (await box.opened(title="Mine"))["id"], (await box.opened(title="Other"))["id"])


async def test_the_one_asset_can_be_worked_with(locked: Locked) -> None:
    for method, path in (
        ("GET", ""),
        ("POST", "/open"),
        ("GET", "/result"),
        ("GET", "/export?format=txt"),
        ("POST", "/close"),
        ("DELETE", ""),
    ):
        assert (await locked.ask(method, f"/boxes/{locked.mine}{path}")).is_success, (method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/open"),
        ("POST", "/close"),
        ("POST", "/clone"),
        ("POST", "/imports"),
        ("POST", "/things"),
        ("GET", "/result"),
        ("GET", "/export?format=txt"),
    ],
)
async def test_another_asset_answers_like_a_missing_one(locked: Locked, method: str, path: str) -> None:
    bodies = {"PATCH": {"title": "X"}, "/imports": {"handover": "h", "items": []}, "/things": {"name": "x"}}
    asked = {"json": bodies.get(path or method), "headers": {"If-Match": '"2"'} if method == "PATCH" else {}}
    wanted = [locked.other, str(new_id())]
    answers = [await locked.ask(method, f"/boxes/{one}{path}", **asked) for one in wanted]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].content == answers[1].content
    there = (await locked.box.ask("GET", f"/boxes/{locked.other}")).json()
    assert (there["state"], there["title"], there["version"]) == ("open", "Other", 2)


async def test_a_list_shows_the_one_asset(locked: Locked) -> None:
    listed = (await locked.ask("GET", "/boxes")).json()["items"]
    assert [one["id"] for one in listed] == [locked.mine]
    assert len((await locked.box.ask("GET", "/boxes")).json()["items"]) == 2


@pytest.mark.parametrize("path", ["", "/{mine}/clone"])
async def test_no_other_asset_can_be_made(locked: Locked, path: str) -> None:
    refused = await locked.ask("POST", f"/boxes{path.format(mine=locked.mine)}", json={"title": "One more"})
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "token-locked")
    assert len((await locked.box.ask("GET", "/boxes")).json()["items"]) == 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/changes", None),
        ("GET", "/events", None),
        ("GET", "/events?aggregate=00000000-0000-7000-8000-000000000000", None),
        ("POST", "/events/replay", {}),
        ("GET", "/dead-letters", None),
        ("POST", "/dead-letters/00000000-0000-7000-8000-000000000000/retry", None),
        ("GET", "/webhooks", None),
        ("POST", "/webhooks", {"url": "https://example.org/", "types": ["eu.interlinkers.boxes.asset.opened.v1"]}),
        ("GET", "/subjects/anna", None),
        ("DELETE", "/subjects/anna", None),
        ("POST", "/something", None),
    ],
)
async def test_what_has_no_asset_is_refused(locked: Locked, method: str, path: str, body: object) -> None:
    answer = await locked.ask(method, path, json=body)
    assert answer.status_code in {403, 404}, answer.text


async def test_a_route_that_nobody_thought_of_is_closed_and_leaves_nothing(locked: Locked) -> None:
    answer = await locked.ask("POST", "/something")
    assert (answer.status_code, FORGOTTEN) == (403, ["done"])
    assert (await locked.ask("GET", f"/load/{locked.mine}")).status_code == 200
    assert (await locked.ask("GET", f"/load/{locked.other}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("DELETE", "/grants/{there}", {}),
        ("GET", "/keys", {}),
        ("DELETE", "/keys/{there}", {}),
        ("GET", "/embed/hosts/town", {}),
        ("POST", "/embed/hosts", {"json": {"id": "town", "name": "T", "origins": ["https://town.example"]}}),
        ("GET", "/sessions", {}),
    ],
)
async def test_a_locked_token_cannot_find_out_what_else_there_is(
    locked: Locked, method: str, path: str, more: dict[str, Any]
) -> None:
    host = {"id": "town", "name": "Town", "origins": ["https://town.example"]}
    assert (await locked.box.ask("POST", "/embed/hosts", json=host)).status_code == 201
    grant = {"scope": f"asset:{locked.other}", "holder": "mona", "role": "member"}
    made = (await locked.box.ask("POST", "/grants", json=grant)).json()["id"]
    for there in (made, new_id()):
        answer = await locked.ask(method, path.format(there=there), **more)
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "token-locked")


async def test_her_own_data_stays_hers(locked: Locked) -> None:
    assert (await locked.ask("GET", "/subjects/olga")).json()["data"]["about"] == "olga"
    assert (await locked.ask("DELETE", "/subjects/olga")).status_code == 204


async def test_an_answer_given_once_is_not_repeated_to_another_lock(locked: Locked) -> None:
    key = {"Idempotency-Key": "once"}
    made = await locked.box.ask("POST", "/boxes", json={"title": "A third"}, headers=key)
    assert made.status_code == 201
    again = await locked.ask("POST", "/boxes", json={"title": "A third"}, headers=key)
    assert again.status_code == 403
