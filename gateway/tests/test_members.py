"""The gateway's key at its front door: who is sent on by it, and who is not."""

from __future__ import annotations

from typing import Any

from interlinker_shared.auth import Role
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.services.tokens import CITIZEN_TYP, read_token
from interlinker_shared.testing import introduced, shown


async def test_before_the_gateway_has_joined_people_are_asked_to_come_back(world: Any) -> None:
    answer = await world.ask("GET", "/i/asks/surveys", headers=world.token(Role.MEMBER, "anna"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_service_is_not_sent_on_as_a_person(world: Any) -> None:
    [forum] = introduced(world.app.state.kit, "forum/main")
    answer = await world.ask("GET", "/i/asks/surveys", headers=shown(forum, "gateway"))
    assert answer.status_code == 403


async def test_what_a_person_gets_is_signed_by_the_gateway_for_one_block(world: Any) -> None:
    services = world.app.state.kit.services
    services.keyring.learn(KeySet.of([(services.name, services.key.public)]))
    who = await world.app.state.kit.auth.read(world.token(Role.MEMBER, "anna")["Authorization"])
    token = services.citizen(who, "asks", 3600)
    now = world.app.state.kit.clock().timestamp()
    said = read_token(token, CITIZEN_TYP, services.key.public, services.name, audience="asks", now=now)
    assert (said["sub"], said["role"], said["exp"] - said["iat"]) == ("anna", "member", 300)
