"""Roles per scope in a running block: what a grant lets somebody do, where, and what she learns of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from shared.tests.boxes import Box, create_box_app

from interlinker_shared.auth import Role
from interlinker_shared.events import Envelope, Handler
from interlinker_shared.events.envelope import subject_of_type
from interlinker_shared.events.handler import apply
from interlinker_shared.grants import store
from interlinker_shared.ids import new_id
from interlinker_shared.state import Kit
from interlinker_shared.testing import RunApp, TokenHeaders

NOWHERE = "00000000-0000-7000-8000-000000000000"
CONTEXT = {"process": "p", "task": "t"}


def handlers_of(kit: Kit, envelope: Envelope) -> list[Handler]:
    return [handler for handler in kit.handlers if handler.takes(subject_of_type(envelope.type))]


class Clock:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Granting:
    """A block, and shorthand for who may do what in it."""

    app: FastAPI
    box: Box
    clock: Clock

    async def grant(self, scope: str, holder: str, role: Role, *, by: str = "owner", **more: Any) -> httpx.Response:
        body = {"scope": scope, "holder": holder, "role": role, **more}
        role_of_giver = Role.OWNER if by == "owner" else Role.MEMBER
        return await self.box.ask("POST", "/grants", role_of_giver, by, json=body)

    async def take(self, event: str, **data: Any) -> None:
        """Let an event of the gateway take effect."""
        kit = self.app.state.kit
        draft: dict[str, Any] = {
            "id": new_id(),
            "source": "/gateway/main",
            "type": f"eu.interlinkers.gateway.{event}",
            "data": data,
        }
        envelope = Envelope(subject="s", time=self.clock(), aggseq=1, **draft)
        await kit.db.write(lambda session: apply(session, handlers_of(kit, envelope), envelope))

    async def ask_as(self, who: str | None, role: Role, method: str, path: str, **more: Any) -> httpx.Response:
        """As somebody with this role in the block, or as nobody."""
        if who is None:
            return await self.box.client.request(method, path, **more)
        return await self.box.ask(method, path, role, who, **more)

    async def status(self, who: str, method: str, path: str, role: Role = Role.PUBLIC, **more: Any) -> int:
        return (await self.box.ask(method, path, role, who, **more)).status_code


@pytest.fixture
async def granting(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders) -> Granting:
    clock = Clock()
    app = create_box_app(test_settings, clock=clock)
    return Granting(app, Box(await run_app(app), token), clock)


async def test_a_moderator_of_one_asset_moderates_that_one_only(granting: Granting) -> None:
    mine, other = await granting.box.opened(), await granting.box.opened()
    await granting.grant(f"asset:{mine['id']}", "mona", Role.MODERATOR)
    assert await granting.status("mona", "POST", f"/boxes/{other['id']}/close", Role.MEMBER) == 403
    assert await granting.status("mona", "POST", f"/boxes/{mine['id']}/close", Role.MEMBER) == 200


async def test_an_inner_grant_takes_away_what_the_block_gives(granting: Granting) -> None:
    asset = await granting.box.opened()
    await granting.grant(f"asset:{asset['id']}", "mona", Role.OBSERVER)
    things = {"json": {"name": "x"}}
    assert await granting.status("mona", "POST", f"/boxes/{asset['id']}/things", Role.MODERATOR, **things) == 403
    assert await granting.status("mona", "POST", f"/boxes/{asset['id']}/close", Role.MODERATOR) == 403


@pytest.mark.parametrize("scope", ["process:p", "task:p/t"])
async def test_a_grant_in_a_process_or_task_reaches_its_assets(granting: Granting, scope: str) -> None:
    inside, outside = await granting.box.opened(context=CONTEXT), await granting.box.opened()
    await granting.grant(scope, "mona", Role.MODERATOR)
    assert await granting.status("mona", "POST", f"/boxes/{outside['id']}/close") == 403
    assert await granting.status("mona", "POST", f"/boxes/{inside['id']}/close") == 200


async def test_a_moderator_of_a_process_creates_assets_for_it_and_no_others(granting: Granting) -> None:
    await granting.grant("process:p", "mona", Role.MODERATOR)
    body = {"title": "A box"}
    assert await granting.status("mona", "POST", "/boxes", json=body | {"context": CONTEXT}) == 201
    assert await granting.status("mona", "POST", "/boxes", json=body) == 403
    assert (
        await granting.status("mona", "POST", "/boxes", json=body | {"context": {"process": "q", "task": "t"}}) == 403
    )


async def test_a_restricted_asset_is_for_observers_and_no_different_from_none_for_others(granting: Granting) -> None:
    asset = await granting.box.opened(visibility="restricted")
    await granting.grant(f"asset:{asset['id']}", "oscar", Role.OBSERVER)
    assert await granting.status("oscar", "GET", f"/boxes/{asset['id']}") == 200
    for who in ("eve", None):
        foreign = await granting.ask_as(who, Role.PUBLIC, "GET", f"/boxes/{asset['id']}")
        missing = await granting.ask_as(who, Role.PUBLIC, "GET", f"/boxes/{NOWHERE}")
        assert (foreign.status_code, foreign.content) == (404, missing.content)


async def test_lists_show_what_somebody_may_know_of(granting: Granting) -> None:
    public, inside = await granting.box.opened(), await granting.box.opened(context=CONTEXT, visibility="restricted")
    draft, hidden = await granting.box.create(), await granting.box.opened(visibility="restricted")
    await granting.grant("process:p", "oscar", Role.OBSERVER)
    await granting.grant(f"asset:{draft['id']}", "oscar", Role.MODERATOR)
    await granting.grant(f"asset:{hidden['id']}", "mona", Role.PUBLIC)

    async def listed(who: str, role: Role) -> set[str]:
        return {one["id"] for one in (await granting.box.ask("GET", "/boxes", role, who)).json()["items"]}

    assert await listed("oscar", Role.PUBLIC) == {public["id"], inside["id"], draft["id"]}
    assert await listed("eve", Role.PUBLIC) == {public["id"]}
    assert await listed("mona", Role.MODERATOR) == {public["id"], inside["id"], draft["id"]}


async def test_a_team_holds_for_each_of_its_members_as_long_as_they_belong_to_it(granting: Granting) -> None:
    asset, team = await granting.box.opened(visibility="restricted"), str(new_id())
    await granting.grant(f"asset:{asset['id']}", f"team:{team}", Role.OBSERVER)
    path = f"/boxes/{asset['id']}"
    assert await granting.status("anna", "GET", path) == 404
    await granting.take("team.joined.v1", team=team, subject="anna")
    assert await granting.status("anna", "GET", path) == 200
    await granting.take("team.left.v1", team=team, subject=None)
    assert await granting.status("anna", "GET", path) == 404


async def test_what_the_gateway_grants_counts_here_and_changes_there_only(granting: Granting) -> None:
    asset = await granting.box.opened(context=CONTEXT)
    told = {"scope": "task:p/t", "holder": "mona"}
    await granting.take("role.granted.v1", **told, role="moderator", until=None)
    (granted,) = (await granting.box.ask("GET", "/grants", params={"scope": "task:p/t"})).json()["items"]
    refused = await granting.box.ask("DELETE", f"/grants/{granted['id']}")
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "granted-elsewhere")
    assert await granting.status("mona", "PATCH", f"/boxes/{asset['id']}", json={}, headers={"If-Match": '"2"'}) == 200
    await granting.take("role.revoked.v1", **told)
    assert await granting.status("mona", "POST", f"/boxes/{asset['id']}/close") == 403


async def test_no_other_service_grants_anything(granting: Granting) -> None:
    kit = granting.app.state.kit
    data = {"scope": "process:p", "holder": "mallory", "role": "owner", "until": None}
    draft: dict[str, Any] = {
        "id": new_id(),
        "source": "/forum/main",
        "type": "eu.interlinkers.forum.role.granted.v1",
        "data": data,
    }
    envelope = Envelope(subject="s", time=granting.clock(), aggseq=1, **draft)
    assert handlers_of(kit, envelope) == []
    await kit.db.write(lambda session: apply(session, handlers_of(kit, envelope), envelope))
    assert await kit.db.read(store.grants_of, "mallory") == ()


async def test_owners_of_an_inner_scope_grant_there_and_nowhere_else(granting: Granting) -> None:
    asset, other = await granting.box.opened(), await granting.box.opened()
    await granting.grant(f"asset:{asset['id']}", "oscar", Role.OWNER)
    assert (await granting.grant(f"asset:{asset['id']}", "mona", Role.MODERATOR, by="oscar")).status_code == 201
    for scope in (f"asset:{other['id']}", "block", "process:p", f"asset:{NOWHERE}"):
        assert (await granting.grant(scope, "mona", Role.MODERATOR, by="oscar")).status_code == 403, scope


async def test_an_outer_owner_is_not_locked_out(granting: Granting) -> None:
    asset = await granting.box.opened()
    await granting.grant(f"asset:{asset['id']}", "owner", Role.OBSERVER)
    assert await granting.status("owner", "POST", f"/boxes/{asset['id']}/close", Role.OWNER) == 403
    (own,) = (await granting.box.ask("GET", "/grants", params={"scope": f"asset:{asset['id']}"})).json()["items"]
    assert await granting.status("owner", "DELETE", f"/grants/{own['id']}", Role.OWNER) == 204
    assert await granting.status("owner", "POST", f"/boxes/{asset['id']}/close", Role.OWNER) == 200


@pytest.mark.parametrize("who", [None, "eve"])
async def test_grants_tell_nobody_which_hidden_assets_there_are(granting: Granting, who: str | None) -> None:
    hidden = await granting.box.opened(visibility="restricted")
    granted = (await granting.grant(f"asset:{hidden['id']}", "mona", Role.MEMBER)).json()["id"]
    for method, path, body in (
        ("POST", "/grants", {"scope": "asset:{asset}", "holder": "eve", "role": "owner"}),
        ("GET", "/grants?scope=asset:{asset}", None),
        ("GET", "/grants/mine?scope=asset:{asset}", None),
        ("DELETE", "/grants/{grant}", None),
    ):
        answers = []
        for asset, grant in ((hidden["id"], granted), (NOWHERE, NOWHERE)):
            said = None if body is None else body | {"scope": body["scope"].format(asset=asset)}
            asked = path.format(asset=asset, grant=grant)
            answers.append(await granting.ask_as(who, Role.PUBLIC, method, asked, json=said))
        assert answers[0].content == answers[1].content, path
        assert answers[0].status_code == answers[1].status_code in {401, 403, 404}, path


async def test_an_owner_who_is_shut_out_of_an_asset_still_sees_and_grants_there(granting: Granting) -> None:
    hidden = await granting.box.opened(visibility="restricted")
    scope = f"asset:{hidden['id']}"
    await granting.grant(scope, "owner", Role.PUBLIC)
    (own,) = (await granting.box.ask("GET", "/grants", Role.OWNER, "owner", params={"scope": scope})).json()["items"]
    assert (await granting.grant(scope, "mona", Role.MODERATOR)).status_code == 201
    assert await granting.status("owner", "DELETE", f"/grants/{own['id']}", Role.OWNER) == 204


async def test_a_grant_ends_by_itself(granting: Granting) -> None:
    asset = await granting.box.opened()
    until = granting.clock.now + timedelta(minutes=5)
    await granting.grant(f"asset:{asset['id']}", "mona", Role.MODERATOR, until=until.isoformat())
    change: dict[str, Any] = {"json": {}, "headers": {"If-Match": '"2"'}}
    assert await granting.status("mona", "PATCH", f"/boxes/{asset['id']}", **change) == 200
    granting.clock.now = until
    assert await granting.status("mona", "POST", f"/boxes/{asset['id']}/close") == 403


async def test_granting_again_takes_the_place_of_what_was_granted(granting: Granting) -> None:
    asset = await granting.box.opened()
    first = await granting.grant(f"asset:{asset['id']}", "mona", Role.MODERATOR)
    second = await granting.grant(f"asset:{asset['id']}", "mona", Role.OBSERVER)
    assert (first.json()["id"], second.json()["role"]) == (second.json()["id"], "observer")
    assert await granting.status("mona", "POST", f"/boxes/{asset['id']}/close", Role.MEMBER) == 403


async def test_people_see_what_they_may_do_and_why(granting: Granting) -> None:
    await granting.grant("process:p", "mona", Role.MODERATOR)
    answer = await granting.box.ask("GET", "/grants/mine", Role.MEMBER, "mona", params={"scope": "task:p/t"})
    assert (answer.json()["role"], [one["scope"] for one in answer.json()["grants"]]) == ("moderator", ["process:p"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scope": "everything"}, "/scope"),
        ({"scope": f"asset:{NOWHERE}"}, "/scope"),
        ({"role": "king"}, "/role"),
        ({"until": "soon"}, "/until"),
        ({"holder": "two words"}, "/holder"),
    ],
)
async def test_what_is_no_grant_is_refused_with_its_field(
    granting: Granting, change: dict[str, Any], pointer: str
) -> None:
    body = {"scope": "block", "holder": "mona", "role": "member"} | change
    answer = await granting.box.ask("POST", "/grants", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("eve", 403)])
async def test_others_see_and_change_no_grants(granting: Granting, who: str | None, status: int) -> None:
    body = {"scope": "block", "holder": "eve", "role": "owner"}
    for method, path, more in (
        ("POST", "/grants", {"json": body}),
        ("GET", "/grants?scope=block", {}),
        ("DELETE", f"/grants/{NOWHERE}", {}),
    ):
        assert (await granting.ask_as(who, Role.MODERATOR, method, path, **more)).status_code == status, path
