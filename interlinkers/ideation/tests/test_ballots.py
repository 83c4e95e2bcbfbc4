"""Ballots: one per voter, changeable by receipt, apart from who cast them."""

from __future__ import annotations

import asyncio
import sqlite3
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from interlinkers.ideation.tests.calling import Service, pointers, problem
from sqlalchemy import create_engine

from interlinker_ideation.domain import voter_token


async def enter(service: Service, campaign: str, voter: str, *ideas: str, key: str | None = None) -> int:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"voter": voter, "approvals": ideas, "channel": "paper"}
    return (await service.staff("POST", f"/campaigns/{campaign}/ballots", body, headers=headers)).status_code


async def test_ballot_is_counted_when_the_campaign_closes(service: Service) -> None:
    campaign = await service.create_campaign()
    pond, path = await service.create_idea(campaign), await service.create_idea(campaign, "A path")
    cast = await service.vote(campaign, path)
    assert cast.status_code == 200
    assert len(cast.json()["receipt"]) >= 43
    result = await service.close(campaign)
    assert {item["id"]: item["votes"] for item in result["items"]} == {path: 1, pond: 0}


async def test_second_ballot_of_a_voter_is_refused(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    await service.vote(campaign, idea)
    assert problem(await service.vote(campaign, idea)) == (409, "already-voted")
    assert await enter(service, campaign, "ana", idea) == 409
    assert (await service.close(campaign))["counts"]["ballots"] == 1


async def test_receipt_changes_the_ballot_as_often_as_one_likes(service: Service) -> None:
    campaign = await service.create_campaign()
    pond, path = await service.create_idea(campaign), await service.create_idea(campaign, "A path")
    receipt = (await service.vote(campaign, pond)).json()["receipt"]
    for choice in (path, pond, path):
        changed = await service.vote(campaign, choice, receipt=receipt)
        assert (changed.status_code, changed.json()["receipt"]) == (200, None)
    result = await service.close(campaign)
    assert {item["id"]: item["votes"] for item in result["items"]} == {path: 1, pond: 0}


async def test_unknown_receipt_changes_nothing(service: Service) -> None:
    one, other = await service.create_campaign(), await service.create_campaign()
    idea = await service.create_idea(one)
    receipt = (await service.vote(one, idea)).json()["receipt"]
    assert problem(await service.vote(one, idea, receipt="made-up")) == (403, "receipt-unknown")
    elsewhere = await service.create_idea(other)
    assert problem(await service.vote(other, elsewhere, receipt=receipt)) == (403, "receipt-unknown")


async def test_wrong_approvals_are_named_one_by_one(service: Service) -> None:
    campaign, other = await service.create_campaign(), await service.create_campaign()
    idea, foreign = await service.create_idea(campaign), await service.create_idea(other)
    answer = await service.vote(campaign, idea, foreign, str(uuid4()), idea)
    assert answer.status_code == 422
    assert pointers(answer) == ["/approvals/1", "/approvals/2", "/approvals/3"]
    assert pointers(await service.vote(campaign, idea, "not-an-id")) == ["/approvals/1"]


async def test_withdrawn_idea_cannot_be_voted_for(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{idea}")
    assert pointers(await service.vote(campaign, idea)) == ["/approvals/0"]


async def test_ballot_keeps_within_the_campaigns_limits(service: Service) -> None:
    campaign = await service.create_campaign(ballot={"min": 2, "max": 2})
    ideas = [await service.create_idea(campaign, f"idea {number}") for number in range(3)]
    assert pointers(await service.vote(campaign, ideas[0])) == ["/approvals"]
    assert pointers(await service.vote(campaign, *ideas)) == ["/approvals"]
    assert (await service.vote(campaign, *ideas[:2])).status_code == 200


async def test_refused_ballot_does_not_use_up_the_voter(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    await service.vote(campaign, str(uuid4()))
    assert (await service.call("GET", f"/campaigns/{campaign}/ballot")).json() == {"voted": False}
    assert (await service.vote(campaign, idea)).status_code == 200
    assert (await service.call("GET", f"/campaigns/{campaign}/ballot")).json() == {"voted": True}


async def test_voting_needs_an_account_a_campaign_and_an_open_gate(service: Service) -> None:
    campaign = await service.create_campaign(voting="closed")
    idea = await service.create_idea(campaign)
    path = f"/campaigns/{campaign}/ballot"
    for method, body in (("PUT", {"approvals": [idea]}), ("GET", None)):
        assert (await service.call(method, path, body, who=None)).status_code == 401
        assert (await service.call(method, f"/campaigns/{uuid4()}/ballot", body)).status_code == 404
    assert problem(await service.vote(campaign, idea)) == (409, "voting-closed")
    await service.close(campaign)
    assert problem(await service.vote(campaign, idea)) == (409, "asset-closed")


async def test_entering_ballots_is_for_staff(service: Service) -> None:
    campaign = await service.create_campaign()
    body = {"voter": "v1", "approvals": [await service.create_idea(campaign)]}
    path = f"/campaigns/{campaign}/ballots"
    assert (await service.call("POST", path, body, who=None)).status_code == 401
    assert (await service.call("POST", path, body)).status_code == 403
    assert (await service.staff("POST", f"/campaigns/{uuid4()}/ballots", body)).status_code == 404
    assert pointers(await service.staff("POST", path, body | {"voter": "a b"})) == ["/voter"]
    assert pointers(await service.staff("POST", path, body | {"channel": "pigeon"})) == ["/channel"]
    assert (await service.staff("POST", path, body)).status_code == 201


async def test_paper_ballot_is_a_contribution_by_its_voter_on_paper(service: Service) -> None:
    campaign = await service.create_campaign()
    await enter(service, campaign, "voter-7", await service.create_idea(campaign))
    (made,) = [one for one in await service.events("contribution.made.v1") if one["data"]["action"] == "ballot"]
    assert (made["actor"], made["data"]["channel"], made["data"]["items"]) == ("voter-7", "paper", [])


async def test_two_hundred_identical_ballots_at_once_are_one(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    answers = await asyncio.gather(*(service.vote(campaign, idea) for _ in range(200)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 199]
    assert (await service.close(campaign))["counts"]["ballots"] == 1


async def test_two_hundred_repeats_with_one_key_get_one_answer(service: Service) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign)
    body, key = {"voter": "v1", "approvals": [idea]}, {"Idempotency-Key": "once"}
    path = f"/campaigns/{campaign}/ballots"
    answers = await asyncio.gather(*(service.staff("POST", path, body, headers=key) for _ in range(200)))
    assert {(answer.status_code, answer.json()["receipt"]) for answer in answers} == {
        (201, answers[0].json()["receipt"])
    }
    assert (await service.close(campaign))["counts"]["ballots"] == 1


@pytest.mark.sqlite
async def test_nothing_stored_leads_from_a_ballot_to_its_voter(service: Service, tmp_path: Path) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="author")
    receipts = [(await service.vote(campaign, idea, who=f"v{number}")).json()["receipt"] for number in range(30)]
    with sqlite3.connect(tmp_path / "ideation.sqlite3") as database:
        ballots = database.execute("SELECT * FROM ballots").fetchall()
        keys = [
            row[2] for table in ("ballots", "voters") for row in database.execute(f"PRAGMA foreign_key_list({table})")
        ]
    assert len(ballots) == 30
    assert set(keys) == {"assets"}
    assert [row[1] for row in ballots] == sorted(row[1] for row in ballots)
    stored = repr(ballots)
    assert not any(receipt in stored for receipt in receipts)


@pytest.mark.parametrize("name", ["ballot.cast.v1", "contribution.made.v1"])
async def test_events_of_a_ballot_do_not_tell_what_is_on_it(service: Service, name: str) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="author")
    await service.vote(campaign, idea, who="ana")
    event = (await service.events(name))[-1]
    assert idea not in repr(event)
    assert name != "ballot.cast.v1" or "ana" not in repr(event)


async def test_nobody_finds_her_ballot_with_a_receipt_once_it_is_counted(service: Service, tmp_path: Path) -> None:
    campaign = await service.create_campaign()
    idea = await service.create_idea(campaign, who="author")
    receipt = (await service.vote(campaign, idea)).json()["receipt"]
    kept = sha256(receipt.encode()).hexdigest()
    assert kept in stored_receipts(tmp_path)
    assert (await service.close(campaign))["counts"]["ballots"] == 1
    assert kept not in stored_receipts(tmp_path)


def stored_receipts(folder: Path) -> list[str]:
    """The receipts that the database has, as their hashes."""
    with sqlite3.connect(folder / "ideation.sqlite3") as database:
        return [receipt for (receipt,) in database.execute("SELECT receipt FROM ballots")]


async def test_at_the_close_nobody_can_tell_any_more_who_has_voted(service: Service) -> None:
    campaign = await service.create_campaign()
    await service.vote(campaign, await service.create_idea(campaign))
    told = []
    for _ in range(2):
        turnout = (await service.call("GET", f"/campaigns/{campaign}/ballot")).json()["voted"]
        held = (await service.call("GET", "/subjects/ana")).json()["data"]["voted"]
        told.append((turnout, held))
        await service.close(campaign)
    assert told == [(True, [campaign]), (False, [])]


def test_hashes_of_before_are_keyed_without_knowing_whose_they_are() -> None:
    engine, campaign, closed = create_engine("sqlite://"), uuid4(), uuid4()
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE assets (id CHAR(32), state VARCHAR, deleted_at DATETIME)")
        connection.exec_driver_sql("CREATE TABLE voters (campaign_id CHAR(32), token VARCHAR)")
        for one, state in ((campaign, "open"), (closed, "closed")):
            former = sha256(f"{one}\0ana".encode()).hexdigest()
            connection.exec_driver_sql("INSERT INTO assets VALUES (?, ?, NULL)", (one.hex, state))
            connection.exec_driver_sql("INSERT INTO voters VALUES (?, ?)", (one.hex, former))
        with Operations.context(MigrationContext.configure(connection)):
            import_module("interlinker_ideation.migrations.versions.0004_keyed_voters").upgrade()
        ((kept, key),) = connection.exec_driver_sql("SELECT campaign_id, key FROM campaign_keys").all()
        found = connection.exec_driver_sql("SELECT campaign_id, token FROM voters")
        tokens = {row.campaign_id: row.token for row in found}
    assert kept == campaign.hex
    assert tokens[campaign.hex] == voter_token(key, campaign, "ana")
    assert tokens[closed.hex] != sha256(f"{closed}\0ana".encode()).hexdigest()
