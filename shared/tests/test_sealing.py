"""Secrets that a service must use again: a copy of its database gives none away, and its own secret can be changed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from asgi_lifespan import LifespanManager
from shared.tests.boxes import SERVICE, create_box_app
from shared.tests.portals import ORIGIN, Signer
from shared.tests.receiver import LOOPBACK
from sqlalchemy import inspect, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs
from typer.testing import CliRunner

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.cli.secret import add_secret_commands
from interlinker_shared.clock import utc_now
from interlinker_shared.embed.store import EmbedHostRow
from interlinker_shared.mail import store as mail
from interlinker_shared.mail.store import Letter
from interlinker_shared.sealing import PREFIX, LostSecretError, Seal
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET, free_port
from interlinker_shared.webhooks import store as webhooks
from interlinker_shared.webhooks.sending import UNSIGNED
from interlinker_shared.webhooks.store import WebhookRow

NEW = "a-new-secret-" * 3
LETTER = Letter("anna@example.org", "Come in", "https://town.example.org/sign-in?token=very-secret-link")
Json = dict[str, Any]


class House:
    """A running service, its owner, and everything of it that lies on a disk."""

    def __init__(self, app: Any, client: httpx.AsyncClient, secret: str) -> None:
        self.kit: Kit = app.state.kit
        self.client = client
        token = mint_token(secret, subject="owner", role=Role.OWNER, audience=SERVICE)
        self.owner = {"Authorization": f"Bearer {token}"}

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = await self.client.request(method, path, json=body, headers=self.owner)
        found: Json = answer.raise_for_status().json()
        return found

    async def furnish(self) -> Json:
        """A webhook, a portal and a letter that waits; their secrets."""
        webhook = await self.ask("POST", "/webhooks", {"url": f"http://127.0.0.1:{free_port()}/"})
        host = {"id": "town", "name": "Town", "algorithm": "HS256", "origins": [ORIGIN]}
        portal = await self.ask("POST", "/embed/hosts", host)
        box = await self.ask("POST", "/boxes", {"title": "Box"})
        await self.ask("POST", f"/boxes/{box['id']}/open")
        await self.kit.db.write(mail.queue, LETTER, now=utc_now())
        return {"webhook": webhook, "portal": portal["secret"], "box": box["id"]}

    async def signs(self) -> list[str]:
        """What the one webhook is signed with."""
        (target,) = await self.kit.db.read(webhooks.targets)
        return target.secrets(utc_now())

    async def lets_in(self, made: Json, secret: str | None = None) -> int:
        """The status that somebody gets for whom the portal vouches."""
        signer = Signer(made["box"], secret=secret or made["portal"])
        answer = await self.client.post("/embed/session", json={"token": signer.token()}, headers={"Origin": ORIGIN})
        return answer.status_code

    async def dump(self) -> str:
        """All that the database holds, as text; and on SQLite its files as they are."""
        files = [one.read_bytes() for one in self.kit.settings.data_dir.glob("*.sqlite3*")]
        return await self.kit.db.read(_rows) + "".join(content.decode("latin-1") for content in files)


def _rows(session: Session) -> str:
    tables = inspect(session.connection()).get_table_names()
    return str([session.execute(text(f'SELECT * FROM "{table}"')).all() for table in tables])  # noqa: S608 - our own names


@contextlib.asynccontextmanager
async def running(settings: Json, secret: str = SECRET, **more: Any) -> AsyncIterator[House]:
    """The service on the same data as before; letters go nowhere."""
    smtp = {"smtp_url": f"smtp://127.0.0.1:{free_port()}", "mail_from": "boxes@example.org"}
    app = create_box_app(settings | LOOPBACK | smtp | {"secret": secret} | more, clock=utc_now)
    async with LifespanManager(app, startup_timeout=20) as manager:
        transport = httpx.ASGITransport(manager.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield House(app, client, secret)


def test_what_is_sealed_opens_for_the_thing_it_belongs_to_and_looks_different_each_time() -> None:
    seal = Seal(SECRET)
    first, second = (seal.seal("whsec_x", of="webhook 1") for _ in range(2))
    assert (first != second, "whsec_x" in first) == (True, False)
    assert seal.open(first, of="webhook 1") == "whsec_x"
    with pytest.raises(LostSecretError):
        seal.open(first, of="webhook 2")


@pytest.mark.parametrize("at", [20, 30, -1])
def test_no_character_of_it_can_be_changed(at: int) -> None:
    kept = list(Seal(SECRET).seal("whsec_x" * 3, of="x"))
    kept[at] = "A" if kept[at] != "A" else "B"
    with pytest.raises(LostSecretError):
        Seal(SECRET).open("".join(kept), of="x")


def test_a_new_secret_opens_what_the_former_one_sealed_only_while_it_is_told_that() -> None:
    kept = Seal(SECRET).seal("whsec_x", of="x")
    assert Seal(NEW, ["another", SECRET]).open(kept, of="x") == "whsec_x"
    with pytest.raises(LostSecretError):
        Seal(NEW).open(kept, of="x")


async def test_a_copy_of_the_database_holds_no_secret_that_can_be_used(test_settings: Json) -> None:
    async with running(test_settings) as house:
        made = await house.furnish()
        path = f"/webhooks/{made['webhook']['id']}/rotate-secret"
        rotated = (await house.ask("POST", path))["secret"]
        secrets = [rotated, made["webhook"]["secret"], made["portal"], "very-secret-link"]
        assert await house.signs() == secrets[:2]
        assert await house.lets_in(made) == 200
        dump = await house.dump()
    assert (made["webhook"]["id"] in dump, [one for one in secrets if one in dump]) == (True, [])


async def test_what_an_older_version_kept_in_clear_is_sealed_at_the_next_start(test_settings: Json) -> None:
    async with running(test_settings) as house:
        made = await house.furnish()
        await house.kit.db.write(_in_clear, made, await house.signs())
        clear = [made["portal"], "very-secret-link", *await house.signs()]
        assert [one for one in clear if one not in await house.dump()] == []
    async with running(test_settings) as house:
        assert [one for one in clear if one in await house.dump()] == []
        assert (await house.signs(), await house.lets_in(made)) == (clear[2:], 200)


async def test_a_service_can_get_a_new_secret_and_then_forget_the_former_one(test_settings: Json) -> None:
    async with running(test_settings) as house:
        made, signs = await house.furnish(), await house.signs()
    async with running(test_settings, NEW, former_secrets=f"another\n{SECRET}") as house:
        assert (await house.signs(), await house.lets_in(made)) == (signs, 200)
    async with running(test_settings, NEW) as house:
        assert (await house.signs(), await house.lets_in(made)) == (signs, 200)


async def test_a_lost_secret_is_told_and_takes_nothing_along_but_what_it_sealed(test_settings: Json) -> None:
    async with running(test_settings) as house:
        made = await house.furnish()
    with capture_logs() as logs:
        async with running(test_settings, NEW) as house:
            assert (await house.signs(), await house.lets_in(made), await house.lets_in(made, " ")) == ([], 401, 401)
            webhook = f"/webhooks/{made['webhook']['id']}"
            assert (await house.ask("POST", f"{webhook}/test"))["reason"] == UNSIGNED
            assert await house.kit.db.read(mail.count) == 0
            new = (await house.ask("POST", f"{webhook}/rotate-secret"))["secret"]
            portal = (await house.ask("POST", "/embed/hosts/town/rotate-secret"))["secret"]
            assert (await house.signs(), await house.lets_in(made, portal)) == ([new], 200)
    (told,) = [log["of"] for log in logs if log["log_level"] == "error"]
    assert {"embed host town", f"webhook {made['webhook']['id']}"} < set(told)


def test_the_command_puts_the_former_secret_aside(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path)
    first = settings.signing_secret(SERVICE)
    for _ in range(2):
        assert CliRunner().invoke(_program(), ["rotate-secret", "--data", str(tmp_path)]).exit_code == 0
    second, third = settings.known_before(SERVICE)[0], settings.signing_secret(SERVICE)
    assert (settings.known_before(SERVICE), len({first, second, third})) == ([second, first], 3)
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}


def test_the_command_leaves_a_secret_alone_that_somebody_else_keeps(tmp_path: Path) -> None:
    found = CliRunner().invoke(_program(secret=SECRET), ["rotate-secret", "--data", str(tmp_path)])
    assert (found.exit_code, "BOXES_FORMER_SECRETS" in found.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


def _program(**told: Any) -> typer.Typer:
    program = typer.Typer()
    program.callback()(lambda: None)
    add_secret_commands(program, SERVICE, lambda **given: ServiceSettings(**told, **given))
    return program


def _in_clear(session: Session, made: Json, signs: list[str]) -> None:
    """The tables as they were before anything in them was sealed."""
    session.execute(update(WebhookRow).values(secret=signs[0]))
    session.execute(update(EmbedHostRow).values(key=made["portal"]))
    session.execute(update(mail.MailRow).values(body=LETTER.body))
    assert PREFIX not in signs[0]
