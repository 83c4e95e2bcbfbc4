"""The audit trail: every act of a moderator or owner, in a chain that tells when it was touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import MOMENT, Box, run
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from interlinker_shared.audit.chain import GENESIS, Entry, first_broken, seal
from interlinker_shared.audit.store import Act, entries_after, forget_actor, note
from interlinker_shared.auth import Role
from interlinker_shared.db import Database
from interlinker_shared.errors import ConflictError


def chain(length: int = 4) -> list[Entry]:
    entries, previous = list[Entry](), GENESIS
    for number in range(1, length + 1):
        entries.append(seal(number, previous, at="2026", action="close_box", actor="a", detail={"box": number}))
        previous = entries[-1].hash
    return entries


def act(number: int, subject: str | None = "olga") -> Act:
    return Act("close_box", subject, {"box": number}, MOMENT)


async def trail(box: Box) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await box.ask("GET", "/audit")).raise_for_status().json()["items"]
    return items


def everything_in(session: Session, table: str) -> list[Any]:
    return list(session.execute(text(f"SELECT * FROM {table}")))  # noqa: S608 - a name of the test's own


async def kept(db: Database) -> list[Entry]:
    found = await db.read(entries_after, 0, 10_000)
    return [Entry(**item.model_dump(exclude={"subject"})) for item in found]


def test_an_untouched_chain_holds() -> None:
    assert first_broken(chain()) is None
    assert first_broken(chain()[2:], after=chain()[1]) is None


@pytest.mark.parametrize("change", [{"action": "x"}, {"actor": None}, {"at": "2027"}, {"detail": {}}, {"hash": "0"}])
def test_an_entry_that_was_changed_breaks_the_chain(change: dict[str, Any]) -> None:
    entries = chain()
    entries[2] = replace(entries[2], **change)
    assert first_broken(entries) == 3


def test_an_entry_that_was_taken_out_or_moved_breaks_the_chain() -> None:
    one, two, three, four = chain()
    assert first_broken([one, three, four]) == 2
    assert first_broken([one, three, two, four]) == 2


async def test_an_act_is_noted_with_who_did_it_and_to_what(box: Box) -> None:
    asset = await box.opened()
    created, opened = await trail(box)
    assert (created["action"], created["subject"]) == ("create_box", "olga")
    assert created["detail"] == {"role": "owner", "made": asset["id"]}
    assert (opened["action"], opened["detail"]["asset_id"]) == ("open_box", asset["id"])
    assert opened["previous"] == created["hash"]


async def test_what_members_do_is_no_administrative_act(box: Box) -> None:
    asset = await box.opened()
    before = await trail(box)
    await box.ask("POST", f"/boxes/{asset['id']}/things", Role.MEMBER, json={"name": "A thing"})
    assert await trail(box) == before


async def test_an_act_that_failed_is_not_in_the_trail(box: Box) -> None:
    answer = await box.ask("POST", "/boxes", json={"title": "A box", "config": {"size": 11}})
    assert answer.status_code == 422
    asset = await box.create()
    assert (await box.ask("POST", f"/boxes/{asset['id']}/close")).status_code == 409
    assert [entry["action"] for entry in await trail(box)] == ["create_box"]


async def test_an_act_that_is_rolled_back_leaves_nothing(db: Database) -> None:
    def fails(session: Session) -> None:
        note(session, act(1))
        raise ConflictError("no")

    with pytest.raises(ConflictError):
        await db.write(fails)
    assert await kept(db) == []


async def test_a_repeated_request_is_one_act(box: Box) -> None:
    for _ in range(3):
        await box.ask("POST", "/boxes", json={"title": "A box"}, headers={"Idempotency-Key": "k"})
    assert len(await trail(box)) == 1


async def test_what_somebody_may_not_do_is_counted(box: Box, app: FastAPI) -> None:
    answer = await box.ask("POST", "/boxes", Role.MEMBER, json={"title": "A box"})
    assert answer.status_code == 403
    counted = app.state.kit.metrics.render().decode()
    assert 'administrative_acts_refused_total{act="create_box"} 1.0' in counted


async def test_what_somebody_may_not_do_here_is_counted_as_well(box: Box, app: FastAPI) -> None:
    hers, other = [(await box.opened())["id"] for _ in range(2)]
    grant = {"scope": f"asset:{hers}", "holder": "mia", "role": "moderator"}
    (await box.ask("POST", "/grants", json=grant)).raise_for_status()
    done, refused = [await box.ask("POST", f"/boxes/{one}/close", Role.MEMBER, "mia") for one in (hers, other)]
    assert (done.status_code, refused.status_code) == (200, 403)
    counted = app.state.kit.metrics.render().decode()
    assert 'administrative_acts_refused_total{act="close_box"} 1.0' in counted


async def test_many_acts_at_once_make_one_chain(db: Database) -> None:
    await asyncio.gather(*(db.write(note, act(number, f"person-{number % 7}")) for number in range(300)))
    entries = await kept(db)
    assert len(entries) == 300
    assert first_broken(entries) is None


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"])
async def test_the_database_refuses_to_change_the_trail(db: Database, statement: str) -> None:
    await db.write(note, act(1))
    with pytest.raises(DBAPIError, match="can only grow"):
        await db.write(run(statement))
    assert len(await kept(db)) == 1


async def test_who_was_erased_is_nowhere_in_the_trail_and_it_holds(db: Database) -> None:
    for number in range(3):
        await db.write(note, act(number, "olga" if number else "anna"))
    await db.write(forget_actor, "olga")
    assert [item.subject for item in await db.read(entries_after, 0, 10)] == ["anna", None, None]
    assert first_broken(await kept(db)) is None
    for table in ("audit_entries", "audit_actors"):
        assert "olga" not in repr(await db.read(everything_in, table))


async def test_erasing_a_person_is_an_act_that_does_not_name_her(box: Box) -> None:
    assert (await box.ask("DELETE", "/subjects/marked-person")).status_code == 204
    (entry,) = await trail(box)
    assert (entry["action"], entry["subject"]) == ("erase_subject", "olga")
    assert "marked-person" not in repr(entry)


async def test_an_owner_who_has_herself_erased_leaves_no_trace(box: Box) -> None:
    await box.create()
    await box.ask("DELETE", "/subjects/olga")
    assert [entry["subject"] for entry in await trail(box)] == [None, None]


async def test_a_member_who_has_herself_erased_is_no_administrator(box: Box) -> None:
    await box.ask("DELETE", "/subjects/marked", Role.MEMBER, "marked")
    assert await trail(box) == []


@pytest.mark.parametrize(("role", "status"), [(Role.PUBLIC, 401), (Role.MODERATOR, 403), (Role.OWNER, 200)])
async def test_only_owners_read_the_trail(box: Box, role: Role, status: int) -> None:
    assert (await box.ask("GET", "/audit", role)).status_code == status


async def test_the_trail_comes_in_parts(box: Box) -> None:
    for _ in range(3):
        await box.create()
    first = (await box.ask("GET", "/audit?limit=2")).json()
    rest = (await box.ask("GET", f"/audit?after={first['next']}")).json()
    assert [entry["sequence"] for entry in first["items"] + rest["items"]] == [1, 2, 3]
