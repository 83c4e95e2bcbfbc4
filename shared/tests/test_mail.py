"""Letters: sent with what caused them or not at all, again after failures and crashes, and forgotten afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import Clock, create_box_app
from shared.tests.mailbox import Mailbox
from sqlalchemy.orm import Session

from interlinker_shared import failpoints
from interlinker_shared.failpoints import Point
from interlinker_shared.mail import store
from interlinker_shared.mail.server import MailServer
from interlinker_shared.mail.store import Letter
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import RunApp, eventually

LETTER = Letter("anna@example.org", "Grüße", "Schöne Grüße\nvon uns.")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with box.open():
        yield box


@pytest.fixture
def app(test_settings: dict[str, Any], clock: Clock, mailbox: Mailbox) -> FastAPI:
    mail = {"smtp_url": mailbox.url, "mail_from": "Boxes <boxes@example.org>"}
    return create_box_app(test_settings | mail, clock=clock)


async def waiting(app: FastAPI) -> int:
    kit: Kit = app.state.kit
    return await kit.db.read(store.count)


async def until_sent(app: FastAPI) -> None:
    async def none_waits() -> bool:
        return await waiting(app) == 0

    await eventually(none_waits)


async def test_a_letter_arrives_as_it_was_written(app: FastAPI, run_app: RunApp, mailbox: Mailbox) -> None:
    await run_app(app)
    await app.state.kit.db.write(store.queue, LETTER, now=app.state.kit.clock())
    await until_sent(app)
    (taken,) = mailbox.letters
    assert (taken["To"], taken["From"], taken["Subject"]) == (
        LETTER.recipient,
        "Boxes <boxes@example.org>",
        LETTER.subject,
    )
    assert taken.get_content().splitlines() == LETTER.body.splitlines()


async def test_what_is_rolled_back_sends_nothing(app: FastAPI, run_app: RunApp, mailbox: Mailbox) -> None:
    def fail(session: Session) -> None:
        store.queue(session, LETTER, now=app.state.kit.clock())
        raise OSError

    await run_app(app)
    with pytest.raises(OSError):  # noqa: PT011 - ours
        await app.state.kit.db.write(fail)
    await app.state.kit.db.write(store.queue, Letter("b@example.org", "b", "b"), now=app.state.kit.clock())
    await until_sent(app)
    assert [letter["To"] for letter in mailbox.letters] == ["b@example.org"]


async def test_a_letter_that_is_put_off_comes_later(
    app: FastAPI, run_app: RunApp, mailbox: Mailbox, clock: Clock
) -> None:
    mailbox.replies = ["451 come back later"]
    await run_app(app)
    await app.state.kit.db.write(store.queue, LETTER, now=clock())
    await eventually(lambda: _is_put_off(app))
    clock.go_on(60)
    await app.state.kit.db.write(store.queue, Letter("b@example.org", "b", "b"), now=clock())
    await until_sent(app)
    assert {letter["To"] for letter in mailbox.letters} == {"anna@example.org", "b@example.org"}


async def _is_put_off(app: FastAPI) -> bool:
    at = await app.state.kit.db.read(store.next_due)
    return at is not None and at > app.state.kit.clock()


async def test_a_letter_refused_for_good_stops_no_other(app: FastAPI, run_app: RunApp, mailbox: Mailbox) -> None:
    mailbox.replies = ["550 nobody here"]
    await run_app(app)
    await app.state.kit.db.write(store.queue, LETTER, now=app.state.kit.clock())
    await app.state.kit.db.write(store.queue, Letter("b@example.org", "b", "b"), now=app.state.kit.clock())
    await until_sent(app)
    assert [letter["To"] for letter in mailbox.letters] == ["b@example.org"]


async def test_a_letter_is_forgotten_after_a_day(app: FastAPI, run_app: RunApp, mailbox: Mailbox, clock: Clock) -> None:
    mailbox.replies = ["451 come back later"] * 3
    await run_app(app)
    await app.state.kit.db.write(store.queue, LETTER, now=clock())
    await eventually(lambda: _is_put_off(app))
    clock.go_on(24 * 3600)
    await app.state.kit.db.write(store.forget_old, clock())
    assert await waiting(app) == 0


async def test_a_service_killed_while_it_sends_sends_all(tmp_path: Path, mailbox: Mailbox) -> None:
    """Killed between the mail server's answer and forgetting the letter: that one comes twice, and each comes."""
    killed = {failpoints.VARIABLE: f"{Point.MAILED}:3", failpoints.CONSENT: failpoints.CONSENTED}
    assert await _serve(tmp_path, mailbox.url, 6, killed) == -signal.SIGKILL
    assert await _serve(tmp_path, mailbox.url, 0, {}) == 0
    subjects = [letter["Subject"] for letter in mailbox.letters]
    assert set(subjects) == {str(number) for number in range(6)}
    assert len(subjects) == 7
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 6


async def _serve(folder: Path, url: str, count: int, environment: dict[str, str]) -> int:
    """Run the service; returns how it ended."""
    program = (sys.executable, "-m", "shared.tests.mail_service", str(folder), url, str(count))
    process = await asyncio.create_subprocess_exec(
        *program, env=os.environ | environment, stderr=asyncio.subprocess.DEVNULL
    )
    return await asyncio.wait_for(process.wait(), 60)


@pytest.mark.parametrize("line", ["a\r\nBcc: all@example.org", "a\nBcc: all@example.org"])
def test_a_subject_cannot_smuggle_a_header_in(line: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Letter("a@example.org", line, "b")


@pytest.mark.parametrize(
    "url",
    ["http://a", "smtp://", "smtp://a:b@mail.example", "smtp://a/path", "smtp://a?tls", "smtp://a:port", "smtp://[a"],
)
def test_a_mail_server_that_is_set_wrong_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        ServiceSettings(smtp_url=url, mail_from="a@example.org")


def test_a_mail_server_is_read_from_its_address() -> None:
    server = MailServer.of("smtp://a%40b:p%2Fw@mail.example:587?starttls")
    assert (server.host, server.port, server.user, server.password) == ("mail.example", 587, "a@b", "p/w")
    assert server.starttls
    assert "p/w" not in repr(server)


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        ServiceSettings(smtp_url="smtp://mail.example")
