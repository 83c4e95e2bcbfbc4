"""Pledges go for good when the time of their drive is over."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from interlinkers._template.tests.conftest import CreateDrive, Headers, Step

from interlinker_shared.auth import Role
from interlinker_shared.clock import utc_now
from interlinker_shared.testing import files_with, later

WORDS = "words that nobody writes twice"
A_DAY = timedelta(days=1)


@pytest.mark.sqlite
async def test_no_word_of_a_pledge_is_left_in_any_file(
    app: FastAPI, client: httpx.AsyncClient, create_drive: CreateDrive, headers: Headers, step: Step, tmp_path: Path
) -> None:
    drive = await create_drive(retain_until=(utc_now() + A_DAY).isoformat())
    pledge = {"text": WORDS, "language": "en", "amount": 1}
    sent = headers(Role.MEMBER, "anna")
    (await client.post(f"/pledges/{drive}/entries", json=pledge, headers=sent)).raise_for_status()
    await step(drive, "close")
    assert files_with(tmp_path, WORDS)
    await later(app, A_DAY)
    assert files_with(tmp_path, WORDS) == []
    assert (await client.get(f"/pledges/{drive}/entries")).status_code == 404
