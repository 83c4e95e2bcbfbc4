"""Writes of people without an account: one proof each, by work or by patience."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import altcha.v1
import pytest
from fastapi import APIRouter
from shared.tests.boxes import MOMENT, Box, Clock, create_box_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.auth import Role
from interlinker_shared.db import Database as Store
from interlinker_shared.errors import ForbiddenError
from interlinker_shared.http import Anyone, Database, Now
from interlinker_shared.limits.challenge import check_patience, check_solution, make_challenge, make_patience, solve
from interlinker_shared.limits.guests import SpentRow, _spend, forget_spent, takes_guests
from interlinker_shared.testing import RunApp, TokenHeaders, solved

KEY = b"a key of the test"
JSON = dict[str, Any]


def _knock(session: Session, box: UUID) -> str:
    assets.require(session, box)
    return "knocked"


@takes_guests
async def knock(asset_id: UUID, db: Database, who: Anyone, now: Now) -> str:
    """Leave a trace in the database."""
    return await db.write(_knock, asset_id)


def given(**changes: Any) -> JSON:
    return make_challenge(KEY, now=MOMENT, rng=Random(1)).model_dump() | changes


def changed(payload: str, **changes: Any) -> str:
    return base64.b64encode(json.dumps(json.loads(base64.b64decode(payload)) | changes).encode()).decode()


@pytest.fixture
async def guest(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, clock: Clock) -> Box:
    def add(router: APIRouter) -> None:
        router.add_api_route("/boxes/{asset_id}/knocks", knock, methods=["POST"], name="knock")

    app = create_box_app(test_settings | {"guest_challenge": True}, routes=add, clock=clock)
    return Box(await run_app(app), token)


async def knocked(
    guest: Box, box: str, headers: dict[str, str] | None = None, role: Role = Role.PUBLIC
) -> tuple[int, str]:
    answer = await guest.ask("POST", f"/boxes/{box}/knocks", role, headers=headers or {})
    told = answer.json()
    return answer.status_code, told if isinstance(told, str) else told["type"].rpartition(":")[2]


def test_a_solution_is_what_the_protocols_own_library_takes() -> None:
    payload = solve(given())
    assert altcha.v1.verify_solution(payload, KEY.decode(), check_expires=False) == (True, None)


def test_what_the_protocols_own_library_solves_is_taken() -> None:
    challenge = given()
    found = altcha.v1.solve_challenge(
        challenge["challenge"], challenge["salt"], challenge["algorithm"], challenge["maxnumber"]
    )
    assert found is not None
    wire = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")} | {
        "number": found.number
    }
    payload = base64.b64encode(json.dumps(wire).encode()).decode()
    assert check_solution(KEY, payload, now=MOMENT).id == challenge["challenge"]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1},
        {"number": "7"},
        {"number": True},
        {"number": None},
        {"signature": "0" * 64},
        {"signature": "é"},
        {"algorithm": "SHA-1"},
        {"challenge": "0" * 64},
        {"salt": "00?expires=99999999999&"},
    ],
)
def test_a_solution_that_was_tampered_with_is_refused(changes: JSON) -> None:
    with pytest.raises(ForbiddenError):
        check_solution(KEY, changed(solve(given()), **changes), now=MOMENT)


def test_digits_cannot_be_moved_from_the_number_into_the_time_of_expiry() -> None:
    solution = json.loads(base64.b64decode(solve(given())))
    digits = str(solution["number"])
    longer = solution["salt"].removesuffix("&") + "&" + digits[:1]
    moved = changed(solve(given()), salt=longer, number=int(digits[1:] or "0"))
    with pytest.raises(ForbiddenError):
        check_solution(KEY, moved, now=MOMENT)


@pytest.mark.parametrize(
    "payload", ["", "x", "bnVsbA==", "W10=", "e30=", "[" * 3000, "ZZZ\x00", base64.b64encode(b"[" * 1400)]
)
def test_garbage_is_refused(payload: Any) -> None:
    with pytest.raises(ForbiddenError):
        check_solution(KEY, payload if isinstance(payload, str) else payload.decode(), now=MOMENT)


def test_a_solution_of_another_service_is_refused() -> None:
    with pytest.raises(ForbiddenError):
        check_solution(b"another key", solve(given()), now=MOMENT)


def test_a_solution_expires() -> None:
    payload = solve(given())
    check_solution(KEY, payload, now=MOMENT + timedelta(minutes=19))
    with pytest.raises(ForbiddenError):
        check_solution(KEY, payload, now=MOMENT + timedelta(minutes=20))


@pytest.mark.parametrize(("seconds", "taken"), [(0, False), (2, False), (3, True), (1199, True), (1200, False)])
def test_a_form_without_a_solution_takes_patience(seconds: int, taken: bool) -> None:
    token, later = make_patience(KEY, now=MOMENT, rng=Random(1)), MOMENT + timedelta(seconds=seconds)
    if taken:
        assert check_patience(KEY, token, now=later).expires_at > later
    else:
        with pytest.raises(ForbiddenError):
            check_patience(KEY, token, now=later)


@pytest.mark.parametrize("token", ["", ".", "..", "1.2.3", "x.y.é"])
def test_a_token_that_we_did_not_make_is_refused(token: str) -> None:
    with pytest.raises(ForbiddenError):
        check_patience(KEY, token, now=MOMENT)


async def test_a_guest_solves_a_challenge_and_writes_once(guest: Box) -> None:
    box = (await guest.opened())["id"]
    assert await knocked(guest, box) == (403, "challenge-required")
    solution = await solved(guest.client)
    assert await knocked(guest, box, solution) == (200, "knocked")
    assert await knocked(guest, box, solution) == (403, "challenge-failed")


async def test_of_fifty_writes_with_one_solution_one_is_made(guest: Box) -> None:
    box, solution = (await guest.opened())["id"], await solved(guest.client)
    answers = await asyncio.gather(*(knocked(guest, box, solution) for _ in range(50)))
    assert sorted(status for status, _ in answers) == [200] + [403] * 49


async def test_a_repeated_request_needs_no_second_solution(guest: Box) -> None:
    box, solution = (await guest.opened())["id"], await solved(guest.client)
    key = {"Idempotency-Key": "k"}
    assert [await knocked(guest, box, solution | key) for _ in range(2)] == [(200, "knocked")] * 2


async def test_a_solution_is_not_used_up_by_what_failed(guest: Box) -> None:
    box, solution = (await guest.opened())["id"], await solved(guest.client)
    assert (await knocked(guest, "01890000-0000-7000-8000-000000000000", solution))[0] == 404
    assert await knocked(guest, box, solution) == (200, "knocked")


async def test_people_with_an_account_need_none(guest: Box) -> None:
    box = (await guest.opened())["id"]
    assert await knocked(guest, box, role=Role.MEMBER) == (200, "knocked")


async def test_used_solutions_are_forgotten_once_they_have_expired(db: Store) -> None:
    proof = check_solution(KEY, solve(given()), now=MOMENT)
    await db.write(_spend, proof)
    for later, left in ((timedelta(0), 1), (timedelta(minutes=21), 0)):
        await db.write(forget_spent, MOMENT + later)
        assert await db.read(lambda session: session.scalar(select(func.count()).select_from(SpentRow))) == left


async def test_a_challenge_is_nobody_elses(guest: Box) -> None:
    one, another = [await guest.client.get("/challenge") for _ in range(2)]
    assert one.headers["cache-control"] == "no-store"
    assert one.json()["challenge"] != another.json()["challenge"]
