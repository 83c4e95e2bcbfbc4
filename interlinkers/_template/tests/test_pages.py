"""The page of a drive: what it says, in three languages, to whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from interlinker_shared.auth import Role
from interlinker_shared.pages.i18n import missing, unused

Headers = Callable[..., dict[str, str]]
CreateDrive = Callable[..., Awaitable[str]]


async def test_the_page_shows_pledges_as_text_and_as_a_table(
    client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers
) -> None:
    drive = await create_drive(title="A <b>playground</b>")
    page = await client.get(f"/pledges/{drive}/view")
    assert "Nobody has pledged anything yet." in page.text
    body = {"text": "<script>spades</script>", "amount": 2}
    await client.post(f"/pledges/{drive}/entries", json=body, headers=headers(Role.MEMBER, "anna"))
    page = await client.get(f"/pledges/{drive}/view")
    assert "1 pledge so far." in page.text
    assert "<table" in page.text
    assert "&lt;script&gt;spades" in page.text
    assert "A &lt;b&gt;playground" in page.text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "0 pledges so far."), ("es", "0 compromisos hasta ahora."), ("de", "Bisher 0 Zusagen.")],
)
async def test_the_page_speaks_the_readers_language(
    client: httpx.AsyncClient, create_drive: CreateDrive, language: str, words: str
) -> None:
    path = f"/pledges/{await create_drive()}/view"
    page = await client.get(path, headers={"Accept-Language": language})
    assert words in page.text
    assert f'<html lang="{language}"' in page.text


async def test_a_page_that_is_not_there_says_what_to_do(client: httpx.AsyncClient, create_drive: CreateDrive) -> None:
    for drive in (await create_drive(opened=False), uuid4()):
        page = await client.get(f"/pledges/{drive}/view", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "Check the address." in page.text


def test_every_text_is_translated_and_none_is_left_over() -> None:
    assert missing("interlinker_template") == {"es": [], "de": []}
    assert unused("interlinker_template") == {"en": [], "es": [], "de": []}
