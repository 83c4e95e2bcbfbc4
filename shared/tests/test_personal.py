"""What a service holds about a person, as one document; and what is left of her where events, answers and files are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from shared.tests.boxes import Box, BoxFilled, Clock
from sqlalchemy import select
from sqlalchemy.orm import Session

from interlinker_shared.auth import Role
from interlinker_shared.db import Database
from interlinker_shared.events import Envelope, held, record
from interlinker_shared.events.heads import Key
from interlinker_shared.http.idempotency import IdempotencyRow
from interlinker_shared.ids import new_id
from interlinker_shared.personal import envelopes
from interlinker_shared.personal.worker import Eraser
from interlinker_shared.state import Kit
from interlinker_shared.testing import eventually, recorded

ANNA = "anna-the-erased"


async def put(box: Box, asset: str, who: str = ANNA, **headers: str) -> None:
    answer = await box.ask("POST", f"/boxes/{asset}/things", Role.MEMBER, who, json={"name": "x"}, headers=headers)
    answer.raise_for_status()


async def erase(box: Box, who: str = ANNA) -> None:
    assert (await box.ask("DELETE", f"/subjects/{who}")).status_code == 204


def all_bytes(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.glob("boxes.sqlite3*"))


def envelope(**fields: Any) -> Envelope:
    said = {"id": new_id(), "source": "/boxes/main", "type": "eu.interlinkers.boxes.box.filled.v1", "subject": "x"}
    return Envelope.model_validate(said | {"time": Clock().now, "aggseq": 1, "data": {}} | fields)


async def test_an_export_is_what_the_published_schema_says(box: Box) -> None:
    schema = (await box.client.get("/schemas/subject.json")).json()
    document = (await box.ask("GET", f"/subjects/{ANNA}", Role.MEMBER, ANNA)).json()
    Draft202012Validator(schema).validate(document)
    assert document["schema_id"] == "interlinkers.subject.v1"


async def test_an_export_names_acts_assets_keys_and_kept_answers(box: Box) -> None:
    asset = await box.opened()
    await box.ask("POST", "/keys", json={"name": "Statistics"}, headers={"Idempotency-Key": "first"})
    data = (await box.ask("GET", "/subjects/olga")).json()["data"]
    assert [one["id"] for one in data["made"]] == [asset["id"]]
    assert [one["name"] for one in data["keys"]] == ["Statistics"]
    assert [one["status"] for one in data["answers"]] == [201]
    assert [one["action"] for one in data["acts"]] == ["create_box", "open_box", "create_key"]


async def test_kept_answers_go_with_who_asked_and_only_they(app: FastAPI, box: Box) -> None:
    asset = (await box.opened())["id"]
    for who in (ANNA, "ben"):
        await put(box, asset, who, **{"Idempotency-Key": "first"})
    await erase(box)
    kit: Kit = app.state.kit
    assert list(await kit.db.read(lambda session: list(session.scalars(select(IdempotencyRow.subject))))) == ["ben"]


async def test_recorded_events_lose_her_and_keep_everything_else(app: FastAPI, box: Box) -> None:
    asset = (await box.opened())["id"]
    for who in (ANNA, "ben"):
        await put(box, asset, who)
    before = await recorded(app, "contribution.made.v1")
    await erase(box)

    async def rewritten() -> bool:
        return ANNA not in json.dumps(await recorded(app))

    await eventually(rewritten)
    after = await recorded(app, "contribution.made.v1")
    assert [one.get("actor") for one in after] == [None, "ben"]
    assert [one | {"actor": 1} for one in after] == [one | {"actor": 1} for one in before]


def test_an_event_about_her_is_about_nobody_and_not_about_everybody() -> None:
    said = {"actor": "olga", "data": {"team": "t", "subject": ANNA, "others": ["ben", ANNA]}}
    left = json.loads(envelopes.without(json.dumps(said), ANNA))
    assert left["actor"] == "olga"
    names = [left["data"]["subject"], left["data"]["others"][1]]
    assert all(name.startswith("erased-") for name in names)
    assert len(set(names)) == 2
    assert left["data"]["others"][0] == "ben"


async def test_events_that_wait_lose_her_in_the_erasure_itself(app: FastAPI, box: Box, clock: Clock) -> None:
    kit: Kit = app.state.kit
    failed, parked = envelope(actor=ANNA), envelope(actor=ANNA, aggseq=2)
    await kit.db.write(held.note_failure, "boxes", failed, f"no {ANNA} here", clock.now)
    await kit.db.write(held.park, Key("boxes", "/boxes/main", "x"), parked, clock.now)
    await erase(box)
    letters = await kit.db.read(lambda session: held.list_dead_letters(session, 10))
    waiting = await kit.db.read(held.first_parked, Key("boxes", "/boxes/main", "x"), 10)
    assert ANNA not in json.dumps([str(one) for one in (*letters, *waiting)])
    assert (len(letters), [one.id for one in waiting]) == (1, [parked.id])


async def test_what_is_not_published_keeps_her_until_it_is(db: Database, clock: Clock) -> None:
    erasure = envelopes.Erasing(new_id(), ANNA, 0, None, clock.now)
    found = await db.read(envelopes.look, erasure, published_only=True)
    assert (found.ids, found.done) == ([], True)
    await db.write(_recorded, 3)
    waiting = await db.read(envelopes.look, erasure, published_only=True)
    assert (waiting.ids, waiting.seen, waiting.done) == ([], 0, False)
    alone = await db.read(envelopes.look, erasure, published_only=False)
    assert (len(alone.ids), alone.done) == (3, True)


async def test_the_file_is_written_anew_in_a_quiet_moment_and_then_forgets_whom(
    app: FastAPI, box: Box, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if request.config.getoption("--database") != "sqlite":
        pytest.skip("PostgreSQL vacuums by itself")
    await put(box, (await box.opened())["id"])
    assert ANNA.encode() in all_bytes(tmp_path)
    await erase(box)
    kit: Kit = app.state.kit
    assert await Eraser(kit, quiet_seconds=3600).round()
    assert not await Eraser(kit, quiet_seconds=0).round()
    assert list(await kit.db.read(envelopes.under_way)) == []
    assert ANNA.encode() not in all_bytes(tmp_path)


def _recorded(session: Session, count: int) -> None:
    for number in range(count):
        record(session, BoxFilled(box=UUID(int=1), number=number), aggregate="x", actor=ANNA)
