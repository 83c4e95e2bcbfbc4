"""Organisations, teams and who belongs to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.testing import recorded

NOBODY = "00000000-0000-7000-8000-000000000000"
PEOPLE = {"name": "Neighbours", "stakeholder": "citizens"}
TOWN = {"name": "Town hall", "stakeholder": "public-administration"}


class People:
    """Shorthand for what a test says to the gateway."""

    def __init__(self, world: Any) -> None:
        self.world = world

    async def ask(self, method: str, path: str, who: str = "owner", role: Role = Role.MODERATOR, **body: Any) -> Any:
        headers = self.world.token(role, who) | body.pop("headers", {})
        return await self.world.ask(method, path, headers=headers, **body)

    async def team(self, **more: Any) -> str:
        answer = await self.ask("POST", "/teams", json=PEOPLE | more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def add(self, team: str, subject: str, *, lead: bool = False, **by: Any) -> Any:
        return await self.ask("PUT", f"/teams/{team}/members/{subject}", json={"lead": lead}, **by)


@pytest.fixture
def people(world: Any) -> People:
    return People(world)


async def test_whoever_makes_a_team_leads_it(people: People) -> None:
    team = await people.team()
    members = (await people.ask("GET", f"/teams/{team}/members")).json()["items"]
    assert [(one["subject"], one["lead"]) for one in members] == [("owner", True)]


async def test_a_lead_adds_people_and_a_member_does_not(people: People) -> None:
    team = await people.team()
    await people.add(team, "anna", lead=True)
    added = await people.add(team, "bea", who="anna", role=Role.MEMBER)
    assert (added.status_code, added.json()["lead"]) == (200, False)
    refused = await people.add(team, "carl", who="bea", role=Role.MEMBER)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "not-a-lead")


async def test_everybody_may_leave_and_only_leads_show_others_out(people: People) -> None:
    team = await people.team()
    for subject in ("anna", "bea"):
        await people.add(team, subject)
    other = await people.ask("DELETE", f"/teams/{team}/members/anna", who="bea", role=Role.MEMBER)
    own = await people.ask("DELETE", f"/teams/{team}/members/bea", who="bea", role=Role.MEMBER)
    again = await people.ask("DELETE", f"/teams/{team}/members/bea")
    assert [other.status_code, own.status_code, again.status_code] == [403, 204, 404]


async def test_members_are_for_members_to_see(people: People) -> None:
    team = await people.team()
    outside = await people.ask("GET", f"/teams/{team}/members", who="eve", role=Role.MEMBER)
    assert outside.status_code == 403
    assert (await people.world.ask("GET", f"/teams/{team}")).json()["name"] == PEOPLE["name"]


async def test_every_change_of_a_team_is_told_once(people: People) -> None:
    team = await people.team()
    await people.add(team, "anna")
    await people.add(team, "anna", lead=True)
    await people.ask("DELETE", f"/teams/{team}/members/anna")
    await people.ask("DELETE", f"/teams/{team}")
    told = [event for event in await recorded(people.world.app) if event["subject"] == team]
    said = [(event["type"].split(".")[-2], event["data"]["subject"]) for event in told]
    assert said == [("joined", "owner"), ("joined", "anna"), ("left", "anna"), ("left", None)]


async def started_long_ago(people: People, template: dict[str, Any]) -> tuple[str, str]:
    """A process with a team of two that moderates it, both from before what the stream still has; their ids."""
    kit = people.world.app.state.kit
    today, kit.clock = kit.clock, lambda: utc_now() - timedelta(days=100)
    process = await people.world.begin(template, inputs={"question": "Well?"})
    team = await people.team()
    await people.add(team, "anna")
    grant = {"scope": f"process:{process}", "holder": f"team:{team}", "role": "moderator"}
    granted = await people.ask("POST", "/grants", role=Role.OWNER, json=grant)
    assert granted.status_code == 201, granted.text
    await people.world.task(process, "needs", "active")
    kit.clock = today
    return process, team


async def test_a_block_that_comes_late_hears_who_may_do_what(people: People, template: dict[str, Any]) -> None:
    process, team = await started_long_ago(people, template)
    before = len(await recorded(people.world.app))
    await people.world.close(process, "needs")
    await people.world.task(process, "ideas", "active")
    told = [
        event
        for event in (await recorded(people.world.app))[before:]
        if "holder" in event["data"] or "team" in event["data"]
    ]
    said = [(event["data"].get("holder"), event["data"].get("role"), event["data"].get("subject")) for event in told]
    assert said == [
        ("owner", "owner", None),
        (f"team:{team}", "moderator", None),
        (None, None, "anna"),
        (None, None, "owner"),
    ]


async def test_what_every_block_has_heard_is_not_told_again(people: People, template: dict[str, Any]) -> None:
    process = await people.world.begin(template, inputs={"question": "Well?"})
    await people.world.task(process, "needs", "active")
    assert len(await recorded(people.world.app, "role.granted.v1")) == 1


async def test_a_change_needs_the_version_that_was_read(people: People) -> None:
    team = await people.team()
    change: dict[str, Any] = {"json": {"name": "All of us"}}
    assert (await people.ask("PATCH", f"/teams/{team}", **change)).status_code == 428
    assert (await people.ask("PATCH", f"/teams/{team}", headers={"If-Match": '"9"'}, **change)).status_code == 412
    changed = await people.ask("PATCH", f"/teams/{team}", headers={"If-Match": '"1"'}, **change)
    assert (changed.json()["name"], changed.headers["etag"]) == ("All of us", '"2"')


async def test_a_team_names_an_organisation_that_exists(people: People) -> None:
    answer = await people.ask("POST", "/teams", json=PEOPLE | {"organisation": NOBODY})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/organisation")


async def test_an_organisation_with_teams_stays(people: People) -> None:
    organisation = (await people.ask("POST", "/organisations", json=TOWN)).json()["id"]
    team = await people.team(organisation=organisation)
    path = f"/organisations/{organisation}"
    assert (await people.ask("DELETE", path, role=Role.OWNER)).status_code == 409
    await people.ask("DELETE", f"/teams/{team}")
    assert (await people.ask("DELETE", path, role=Role.OWNER)).status_code == 204
    assert (await people.ask("GET", path)).status_code == 404


@pytest.mark.parametrize(
    "body", [{"name": "x"}, PEOPLE | {"stakeholder": "aliens"}, PEOPLE | {"name": ""}, PEOPLE | {"x": 1}]
)
async def test_a_team_that_is_none_is_refused(people: People, body: dict[str, Any]) -> None:
    assert (await people.ask("POST", "/teams", json=body)).status_code == 422


@pytest.mark.parametrize(("method", "path"), [("POST", "/teams"), ("POST", "/organisations")])
async def test_members_make_neither(people: People, method: str, path: str) -> None:
    assert (await people.ask(method, path, role=Role.MEMBER, json=PEOPLE)).status_code == 403


async def test_lists_go_on_where_they_stopped(people: People) -> None:
    made = [await people.team() for _ in range(3)]
    first = (await people.world.ask("GET", "/teams", params={"limit": 2})).json()
    rest = (await people.world.ask("GET", "/teams", params={"limit": 2, "cursor": first["next"]})).json()
    assert [team["id"] for team in first["items"] + rest["items"]] == made
