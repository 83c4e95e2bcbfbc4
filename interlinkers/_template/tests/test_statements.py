"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

import httpx
from fastapi import FastAPI
from interlinkers._template.tests.conftest import CreateDrive, Headers

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import Readers

STATEMENTS = {
    "/changes": 1,
    "/pledges": 1,
    "/pledges/{asset_id}": 1,
    "/pledges/{asset_id}/entries": 2,
    "/pledges/{asset_id}/result": 3,
    "/pledges/{asset_id}/view": 3,
    "/subjects/{subject}": 11,
}


async def test_thirty_take_as_many_statements_as_one(
    app: FastAPI, client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers
) -> None:
    drive = await create_drive()
    readers = Readers(app, client, asset_id=[drive], subject=["ana"])
    await client.post(f"/pledges/{drive}/entries", json={"text": "A bench"}, headers=headers(Role.MEMBER, "ana"))
    few = await readers.statements()
    for number in range(30):
        other = await create_drive()
        for path, who in ((drive, f"person-{number}"), (other, "ana")):
            await client.post(f"/pledges/{path}/entries", json={"text": "Ten"}, headers=headers(Role.MEMBER, who))
    assert few == await readers.statements() == STATEMENTS
