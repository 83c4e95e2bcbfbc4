"""What is kept of public answers is always what would be rendered now."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from interlinkers._template.tests.conftest import CreateDrive

from interlinker_shared.auth import Role
from interlinker_shared.testing_reads import NOWHERE, Readers, handed_over

PLEDGE = {"text": "Two benches", "amount": 2}


async def test_no_write_misleads_a_reader(app: FastAPI, client: httpx.AsyncClient, create_drive: CreateDrive) -> None:
    drive = await create_drive()
    readers = Readers(app, client, asset_id=[drive, NOWHERE])
    for who in ("ana", "ben", "cleo"):
        await readers.after(Role.MEMBER, "POST", f"/pledges/{drive}/entries", PLEDGE, who=who)
    await readers.after(Role.MODERATOR, "POST", f"/pledges/{drive}/imports", handed_over("1", "2"))
    await readers.withdraw_elsewhere("1")
    await readers.after(Role.OWNER, "DELETE", "/subjects/ana")
    readers.learn("asset_id", (await readers.after(Role.MODERATOR, "POST", "/pledges", {"title": "Another"}))["id"])
    await readers.see_the_life(drive)
    assert not readers.untried()


async def test_all_that_is_public_is_kept(app: FastAPI, client: httpx.AsyncClient, create_drive: CreateDrive) -> None:
    drive = await create_drive()
    readers = Readers(app, client, asset_id=[drive])
    await readers.read()
    one = f"/pledges/{drive}"
    assert {"/pledges", one, f"{one}/entries", f"{one}/result", f"{one}/view"} <= await readers.read()


@pytest.mark.parametrize(
    ("sent", "language"),
    [
        (["de"], "de"),
        (["es, de;q=0.5"], "es"),
        (["de;q=0, es;q=0.1"], "es"),
        (["xx"], "en"),
        (["de-AT"], "de"),
        (["xx", "de"], "en"),
        (["", "de"], "en"),
        (["en,de", "de"], "en"),
        (["\u00e4\u00f6"], "en"),
        (["de;q=\u00bc, es"], "es"),
        ([",".join(["de"] * 500)], "de"),
    ],
)
async def test_no_reader_is_given_the_language_of_another(
    client: httpx.AsyncClient, create_drive: CreateDrive, sent: list[str], language: str
) -> None:
    path = f"/pledges/{await create_drive()}/view"
    odd = [(b"accept-language", value.encode("latin-1")) for value in sent]
    told = [(await client.get(path, headers=odd)).headers["content-language"] for _ in range(2)]
    assert told == [language, language]
    for tag in ("de", "es", "en"):
        given = [await client.get(path, headers={"Accept-Language": tag}) for _ in range(2)]
        assert [answer.headers["content-language"] for answer in given] == [tag, tag]
        assert f'<html lang="{tag}"' in given[1].text
