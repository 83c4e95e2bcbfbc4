"""Pledging, reading, handing on: each endpoint's success, refusals and rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from interlinker_shared.auth import Role
from interlinker_shared.testing import recorded
from interlinker_template.domain import total

Headers = Callable[..., dict[str, str]]
CreateDrive = Callable[..., Awaitable[str]]
Step = Callable[[str, str], Awaitable[httpx.Response]]
Pledge = Callable[..., Awaitable[httpx.Response]]

SPADES: dict[str, Any] = {"text": "Two spades", "language": "en", "amount": 2}


@pytest.fixture
def pledge(client: httpx.AsyncClient, headers: Headers) -> Pledge:
    """Pledge two spades, or what else is said, as a member."""

    async def make(drive: str, subject: str = "anna", **fields: Any) -> httpx.Response:
        sent = headers(Role.MEMBER, subject)
        return await client.post(f"/pledges/{drive}/entries", json=SPADES | fields, headers=sent)

    return make


async def test_a_pledge_is_made_and_listed_without_its_author(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge
) -> None:
    drive = await create_drive()
    made = await pledge(drive)
    assert made.status_code == 201
    (listed,) = (await client.get(f"/pledges/{drive}/entries")).json()["items"]
    assert listed == {"id": made.json()["id"], "made_at": listed["made_at"], **SPADES}


async def test_a_person_pledges_once_per_drive(create_drive: CreateDrive, pledge: Pledge) -> None:
    drive, other = await create_drive(), await create_drive()
    await pledge(drive)
    again = await pledge(drive, text="Three spades")
    assert (again.status_code, again.json()["type"]) == (409, "urn:interlinkers:problem:already-pledged")
    assert [(await pledge(drive, "ben")).status_code, (await pledge(other)).status_code] == [201, 201]


async def test_strangers_and_observers_pledge_nothing(
    client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers
) -> None:
    path = f"/pledges/{await create_drive()}/entries"
    assert (await client.post(path, json=SPADES)).status_code == 401
    assert (await client.post(path, json=SPADES, headers=headers(Role.OBSERVER, "otto"))).status_code == 403
    assert (await client.get(path)).json()["items"] == []


async def test_there_is_nothing_to_pledge_to_where_there_is_no_drive(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge
) -> None:
    draft = await create_drive(opened=False)
    for missing in (str(uuid4()), draft):
        assert (await pledge(missing)).status_code == 404
        assert (await client.get(f"/pledges/{missing}/entries")).status_code == 404


async def test_a_closed_drive_takes_no_pledge(create_drive: CreateDrive, step: Step, pledge: Pledge) -> None:
    drive = await create_drive()
    await step(drive, "close")
    late = await pledge(drive)
    assert (late.status_code, late.json()["type"]) == (409, "urn:interlinkers:problem:asset-closed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("text", ""),
        ("text", "a\x00b"),
        ("amount", -1),
        ("amount", 10**30),
        ("amount", "x"),
        ("language", "!"),
        ("who", "me"),
    ],
)
async def test_a_wrong_field_is_named(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge, field: str, value: object
) -> None:
    drive = await create_drive()
    answer = await pledge(drive, **{field: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    assert (await client.get(f"/pledges/{drive}/entries")).json()["items"] == []


async def test_entries_come_in_pages_in_the_order_they_were_made(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge
) -> None:
    drive = await create_drive()
    made = [(await pledge(drive, f"person-{number}")).json()["id"] for number in range(3)]
    path = f"/pledges/{drive}/entries"
    first = (await client.get(path, params={"limit": 2})).json()
    second = (await client.get(path, params={"limit": 2, "cursor": first["next"]})).json()
    assert [entry["id"] for entry in first["items"] + second["items"]] == made
    assert second["next"] is None
    assert (await client.get(path, params={"cursor": "WzFd"})).status_code == 422


async def test_a_pledge_is_told_without_words_or_names(app: FastAPI, create_drive: CreateDrive, pledge: Pledge) -> None:
    drive = await create_drive()
    made = (await pledge(drive)).json()["id"]
    (event,) = await recorded(app, "pledge.made.v1")
    assert event["data"] == {"asset": drive, "pledge": made, "amount": 2}
    (contribution,) = await recorded(app, "contribution.made.v1")
    assert (contribution["actor"], contribution["data"]["items"]) == ("anna", [made])
    assert "spades" not in str([event, contribution])


async def test_the_result_holds_all_pledges_and_what_they_come_to(
    client: httpx.AsyncClient, create_drive: CreateDrive, step: Step, pledge: Pledge
) -> None:
    drive = await create_drive()
    for subject, amount in [("anna", 2), ("ben", 3)]:
        await pledge(drive, subject, amount=amount)
    await step(drive, "close")
    result = (await client.get(f"/pledges/{drive}/result")).json()
    assert (result["status"], result["counts"]) == ("final", {"pledges": 2, "amount": 5})
    assert [(item["text"], item["amount"], item["outcome"]) for item in result["items"]] == [
        ("Two spades", 2, "pledged"),
        ("Two spades", 3, "pledged"),
    ]


async def test_items_of_an_earlier_step_become_pledges_of_nobody(
    client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers
) -> None:
    drive = await create_drive()
    items = [{"id": "1", "text": "A swing"}, {"id": "2", "title": "Sand", "language": "de"}, {"id": "3"}]
    handover = {"handover": "ideas", "items": items}
    answer = await client.post(f"/pledges/{drive}/imports", json=handover, headers=headers())
    assert answer.json()["created"] == 3
    listed = (await client.get(f"/pledges/{drive}/entries")).json()["items"]
    assert [(entry["text"], entry["language"], entry["amount"]) for entry in listed] == [
        ("A swing", "en", 0),
        ("Sand", "de", 0),
        ("3", "en", 0),
    ]


async def test_an_item_withdrawn_at_its_source_is_let_go_here_too(
    app: FastAPI, client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers
) -> None:
    drive, source = await create_drive(), {"interlinker": "elsewhere", "asset": str(uuid4()), "item": "9"}
    handover = {"handover": "ideas", "items": [{"id": "1", "text": "A swing", "source": source}]}
    taken = await client.post(f"/pledges/{drive}/imports", json=handover, headers=headers())
    handler = next(one for one in app.state.kit.handlers if one.takes("interlink.others.item.withdrawn.v1"))
    payload = handler.reader.model_validate({"asset": source["asset"], "item": "9"})
    envelope = type("Envelope", (), {"service": "elsewhere", "time": app.state.kit.clock()})
    await app.state.kit.db.write(handler.fn, payload, envelope)
    assert (await client.get(f"/pledges/{drive}/entries")).json()["items"] == []
    (event,) = await recorded(app, "item.withdrawn.v1")
    assert event["data"] == {"asset": drive, "item": taken.json()["items"][0]["item"]}


async def test_the_export_is_a_table_that_no_spreadsheet_runs(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge, headers: Headers
) -> None:
    drive = await create_drive()
    made = (await pledge(drive, text='=cmd("rm"), twice')).json()["id"]
    path = f"/pledges/{drive}/export?format=csv"
    answer = await client.get(path, headers=headers(Role.MODERATOR))
    assert answer.text == f'id,amount,language,text\r\n{made},2,en,"\'=cmd(""rm""), twice"\r\n'
    assert (await client.get(path)).status_code == 401


async def test_a_person_takes_her_data_along_and_the_sums_stay(
    client: httpx.AsyncClient, create_drive: CreateDrive, pledge: Pledge, headers: Headers
) -> None:
    drive = await create_drive()
    await pledge(drive)
    anna = headers(Role.MEMBER, "anna")
    (held,) = (await client.get("/subjects/anna", headers=anna)).json()["data"]["pledges"]
    assert (held["asset"], held["text"], held["amount"]) == (drive, "Two spades", 2)
    assert (await client.delete("/subjects/anna", headers=anna)).status_code == 204
    assert (await client.get("/subjects/anna", headers=anna)).json()["data"] == {"pledges": []}
    result = (await client.get(f"/pledges/{drive}/result")).json()
    assert (result["counts"], result["items"][0]["text"]) == ({"pledges": 1, "amount": 2}, "…")


def test_pledges_add_up() -> None:
    assert (total([]), total([2, 3])) == (0, 5)
