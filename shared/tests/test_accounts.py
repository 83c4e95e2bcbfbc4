"""Accounts: links that work once, sessions that can be ended, and nothing that tells who has an account."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import MOMENT, Clock
from shared.tests.people import ANNA, HOST, OLGA, ORIGIN, Browser, Town, create_people_app
from sqlalchemy import event
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from interlinker_shared.accounts import actions, admin_link, links
from interlinker_shared.accounts.actions import Asking
from interlinker_shared.accounts.address import normalised
from interlinker_shared.accounts.models import SignIn
from interlinker_shared.accounts.paths import CONFIRM
from interlinker_shared.auth import REVOKED, Role, mint_token
from interlinker_shared.cli.service import service_cli
from interlinker_shared.db import Database
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.testing import SECRET, RunApp, eventually


@pytest.fixture
def app(test_settings: dict[str, Any], clock: Clock) -> FastAPI:
    return create_people_app(test_settings, clock)


@pytest.fixture
async def town(app: FastAPI, run_app: RunApp, capsys: pytest.CaptureFixture[str]) -> Town:
    await run_app(app)
    return Town(app, capsys)


async def ask(browser: Browser, email: str, **fields: str) -> Any:
    return await browser.client.post("/sign-in", json={"email": email} | fields)


async def dealt_with(town: Town) -> None:
    async def nothing_left() -> bool:
        return not await town.app.state.kit.db.read(links.asked)

    await eventually(nothing_left)


class TestLink:
    async def test_a_link_signs_in_and_leads_on(self, town: Town) -> None:
        await town.member()
        browser = town.browser()
        await browser.post("/sign-in/view", email=" Anna@Example.ORG ", next="/boxes?limit=1")
        answer = await browser.confirm(await town.link_for(ANNA))
        assert answer.headers["location"] == "../../boxes?limit=1"
        assert "Sign out" in (await browser.get("/account/view")).text

    async def test_looking_at_a_link_uses_nothing_up(self, town: Town) -> None:
        await town.member()
        await ask(town.browser(), ANNA)
        link = await town.link_for(ANNA)
        for _ in range(3):
            assert "Sign in" in (await town.browser().get(link.removeprefix(HOST))).text
        assert (await town.browser().confirm(link)).status_code == 303

    async def test_a_link_used_twice_is_refused(self, town: Town) -> None:
        await town.member()
        await ask(town.browser(), ANNA)
        token = (await town.link_for(ANNA)).partition("token=")[2].partition("&")[0]
        first = await town.browser().client.post("/sign-in/confirm", json={"token": token})
        again = await town.browser().client.post("/sign-in/confirm", json={"token": token})
        assert (first.status_code, again.status_code) == (200, 422)
        assert again.json()["type"].endswith("link-used")

    async def test_a_link_ends_after_a_quarter_of_an_hour(self, town: Town, clock: Clock) -> None:
        await town.member()
        await ask(town.browser(), ANNA)
        link = await town.link_for(ANNA)
        clock.go_on(15 * 60)
        assert "good for nothing" in (await town.browser().get(link.removeprefix(HOST))).text

    async def test_only_hashes_are_kept(self, town: Town, test_settings: dict[str, Any]) -> None:
        browser = await town.member()
        await ask(town.browser(), ANNA)
        token = (await town.link_for(ANNA)).partition("token=")[2].partition("&")[0]
        await dealt_with(town)
        kept = b"".join(path.read_bytes() for path in test_settings["data_dir"].glob("*.sqlite3"))
        for secret in (browser.client.cookies["il_session"], token):
            assert secret.encode() not in kept

    async def test_an_idempotency_key_keeps_no_token(self, town: Town) -> None:
        await town.member()
        await ask(town.browser(), ANNA)
        token = (await town.link_for(ANNA)).partition("token=")[2].partition("&")[0]
        key = {"Idempotency-Key": "k"}
        first = await town.browser().client.post("/sign-in/confirm", json={"token": token}, headers=key)
        again = await town.browser().client.post("/sign-in/confirm", json={"token": token}, headers=key)
        assert (first.status_code, again.status_code) == (200, 422)


class TestUnknownAddress:
    async def test_an_unknown_address_gets_the_same_answer(self, town: Town) -> None:
        await town.member()
        known, unknown = await ask(town.browser(), ANNA), await ask(town.browser(), "nobody@example.org")
        hidden = {"traceparent", "date"}
        same = [
            (one.status_code, one.content, {k: v for k, v in one.headers.items() if k not in hidden})
            for one in (known, unknown)
        ]
        assert same[0] == same[1]
        assert same[0][0] == 202

    async def test_an_unknown_address_costs_the_same_statements(self, db: Database) -> None:
        """The request only notes who asked: nothing in it looks for an account, so nothing can be timed."""
        await db.write(actions.become_owner, ANNA, jti="x", until=MOMENT, language="en", now=MOMENT)
        told = [await _statements(db, email) for email in (ANNA, "nobody@example.org")]
        assert told[0] == told[1]
        assert not [statement for statement in told[0] if "accounts" in statement]

    async def test_nothing_is_sent_to_an_unknown_address(self, town: Town) -> None:
        await town.owner()
        await ask(town.browser(), "nobody@example.org")
        await dealt_with(town)
        assert "nobody" not in town.said

    async def test_letters_to_one_address_are_limited_and_nobody_is_told(self, town: Town) -> None:
        await town.member()
        answers = [await ask(town.browser(), ANNA) for _ in range(8)]
        await dealt_with(town)

        async def five() -> bool:
            return len(town.links(ANNA)) == 5

        await eventually(five)
        assert {answer.status_code for answer in answers} == {202}

    async def test_a_client_that_asks_for_many_is_told_to_wait(self, town: Town) -> None:
        codes = [(await ask(town.browser(), f"a{number}@example.org")).status_code for number in range(21)]
        assert codes == [202] * 20 + [429]


async def _statements(db: Database, email: str) -> list[str]:
    """What the database runs when a link for an address is asked for."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    def run(session: Session) -> None:
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        actions.request_sign_in(session, SignIn(email=email), Asking("192.0.2.1", "en", SECRET), now=MOMENT)
        event.remove(connection, "before_cursor_execute", note)

    await db.write(run)
    return seen


class TestSession:
    async def test_an_ended_session_is_refused_at_once(self, town: Town) -> None:
        browser = await town.member()
        token = browser.client.cookies["il_session"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await town.browser().client.get("/sessions", headers=bearer)).status_code == 200
        await browser.post("/account/view/sign-out")
        assert (await town.browser().client.get("/sessions", headers=bearer)).status_code == 401

    async def test_a_session_ends_thirty_days_after_it_was_used(self, town: Town, clock: Clock) -> None:
        browser = await town.member()
        for _ in range(3):
            clock.go_on(timedelta(days=29).total_seconds())
            town.app.state.kit.auth.hear({REVOKED})
            assert (await browser.client.get("/sessions")).status_code == 200
        clock.go_on(timedelta(days=30).total_seconds())
        town.app.state.kit.auth.hear({REVOKED})  # the second for which it is remembered is over
        assert (await browser.client.get("/sessions")).status_code == 401

    async def test_a_foreign_session_looks_like_a_missing_one(self, town: Town) -> None:
        browser, owner = await town.member(), await town.owner()
        theirs = (await owner.client.get("/sessions")).json()["items"][0]["id"]
        foreign = await browser.client.delete(f"/sessions/{theirs}", headers=ORIGIN)
        missing = await browser.client.delete("/sessions/019f0000-0000-7000-8000-000000000000", headers=ORIGIN)
        assert (foreign.status_code, foreign.content) == (404, missing.content)

    async def test_another_session_of_mine_can_be_ended(self, town: Town) -> None:
        first = await town.member()
        second = town.browser()
        await ask(second, ANNA)
        await second.confirm(await town.link_for(ANNA))
        entries = (await second.client.get("/sessions")).json()["items"]
        other = next(entry["id"] for entry in entries if not entry["current"])
        await second.post(f"/account/view/sessions/{other}/end")
        assert (await first.client.get("/sessions")).status_code == 401
        assert (await second.client.get("/sessions")).status_code == 200

    async def test_a_changed_role_counts_at_once(self, town: Town) -> None:
        browser, owner = await town.member(), await town.owner()
        assert (await browser.client.get("/accounts")).status_code == 403
        subject = next(
            one["subject"] for one in (await owner.client.get("/accounts")).json()["items"] if one["email"] == ANNA
        )
        await owner.client.patch(f"/accounts/{subject}", json={"role": "owner"}, headers=ORIGIN)
        assert (await browser.client.get("/accounts")).status_code == 200


class TestCookie:
    @pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:81", "null", None])
    async def test_a_write_by_cookie_from_elsewhere_is_refused(self, town: Town, origin: str | None) -> None:
        browser = await town.member()
        answer = await browser.client.delete("/sessions", headers={"Origin": origin} if origin else {})
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("cross-origin")

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
    async def test_only_same_origin_is_believed_without_an_origin(self, town: Town, site: str) -> None:
        browser = await town.member()
        assert (await browser.client.delete("/sessions", headers={"Sec-Fetch-Site": site})).status_code == 403
        told = {"Sec-Fetch-Site": "same-origin"}
        assert (await browser.client.delete("/sessions", headers=told)).status_code == 204

    async def test_nobody_can_be_signed_in_as_somebody_else_from_elsewhere(self, town: Town) -> None:
        await town.member()
        await ask(town.browser(), ANNA)
        token = (await town.link_for(ANNA)).partition("token=")[2].partition("&")[0]
        answer = await town.browser().post(CONFIRM, origin="https://evil.example", token=token)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers

    async def test_a_cookie_holds_nothing_but_a_session(self, town: Town) -> None:
        """A token of the family in the cookie would be a way to sign in that nobody checks the origin of."""
        browser = town.browser()
        browser.client.cookies["il_session"] = mint_token(SECRET, subject="o", role=Role.OWNER, audience="boxes")
        assert (await browser.client.get("/accounts")).status_code == 401

    async def test_an_old_cookie_is_a_guests(self, town: Town) -> None:
        browser = town.browser()
        browser.client.cookies["il_session"] = "ils_long-gone"
        assert (await browser.client.get("/boxes")).status_code == 200

    async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(self, town: Town) -> None:
        token = admin_link.mint(SECRET, "boxes")
        answer = await town.browser().post(CONFIRM, token=token, email=OLGA)
        kept = answer.headers["set-cookie"]
        assert kept.startswith("il_session=ils_")
        assert {"httponly", "path=/", "samesite=lax"} <= {part.strip().lower() for part in kept.split(";")}

    async def test_over_tls_the_cookie_is_bound_to_the_host(
        self, test_settings: dict[str, Any], run_app: RunApp, capsys: pytest.CaptureFixture[str]
    ) -> None:
        app = create_people_app(test_settings | {"public_url": "https://boxes.example"})
        await run_app(app)
        token = admin_link.mint(SECRET, "boxes")
        headers = {"Host": "boxes.example", "Origin": "https://boxes.example"}
        browser = Town(app, capsys).browser()
        answer = await browser.client.post(CONFIRM, data={"token": token, "email": OLGA}, headers=headers)
        kept = answer.headers["set-cookie"]
        assert kept.startswith("__Host-il_session=ils_")
        assert "secure" in kept.lower()
        assert "domain" not in kept.lower()

    async def test_a_page_of_somebody_signed_in_is_never_kept(self, town: Town) -> None:
        browser = await town.member()
        assert (await browser.get("/boxes")).headers["cache-control"] == "private, no-cache"
        assert (await town.browser().get("/boxes")).headers["cache-control"] == "public, no-cache"
        assert (await browser.get("/boxes")).headers["cache-control"] == "private, no-cache"


class TestNext:
    @pytest.mark.parametrize(
        "path",
        [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/%2e%2e/x",
            "/a//b",
            "/\t/evil.example",
            "javascript:alert(1)",
            "/../x",
            "/x%0d%0aSet-Cookie:a=b",
            "\\\\evil.example",
            "/a\n",
            "evil",
        ],
    )
    async def test_nobody_is_sent_to_another_site(self, town: Town, path: str) -> None:
        await town.member()
        browser = town.browser()
        await browser.post("/sign-in/view", email=ANNA, next=path)
        answer = await browser.confirm(await town.link_for(ANNA))
        assert answer.headers["location"] == "../../account/view"


class TestOwner:
    async def test_a_link_from_the_command_line_makes_one_owner(self, town: Town) -> None:
        token = admin_link.mint(SECRET, "boxes")
        first = await town.browser().post(CONFIRM, token=token, email=OLGA)
        again = await town.browser().post(CONFIRM, token=token, email="mallory@example.org")
        assert (first.status_code, again.status_code) == (303, 422)

    @pytest.mark.parametrize(
        ("secret", "service"), [("another secret, as long as it has to be", "boxes"), (SECRET, "forum")]
    )
    async def test_a_link_of_another_service_makes_nobody_an_owner(self, town: Town, secret: str, service: str) -> None:
        answer = await town.browser().post(CONFIRM, token=admin_link.mint(secret, service), email=OLGA)
        assert answer.status_code == 422

    async def test_a_token_for_the_api_is_no_link(self, town: Town) -> None:
        token = mint_token(SECRET, subject="o", role=Role.OWNER, audience="boxes")
        assert (await town.browser().post(CONFIRM, token=token, email=OLGA)).status_code == 422
        bearer = {"Authorization": f"Bearer {admin_link.mint(SECRET, 'boxes')}"}
        assert (await town.browser().client.get("/accounts", headers=bearer)).status_code == 401

    async def test_the_last_owner_stays_one(self, town: Town) -> None:
        owner = await town.owner()
        subject = (await owner.client.get("/accounts")).json()["items"][0]["subject"]
        answer = await owner.client.patch(f"/accounts/{subject}", json={"role": "member"}, headers=ORIGIN)
        assert answer.json()["type"].endswith("last-owner")

    async def test_who_is_invited_gets_the_role_and_no_more(self, town: Town) -> None:
        browser = await town.member("mo@example.org", "moderator")
        assert (await browser.client.get("/accounts")).status_code == 403
        assert (await browser.client.post("/boxes", json={"title": "A box"}, headers=ORIGIN)).status_code == 201

    async def test_an_invitation_taken_back_lets_nobody_in(self, town: Town) -> None:
        owner = await town.owner()
        sent = (await owner.client.post("/invitations", json={"email": ANNA}, headers=ORIGIN)).json()
        await owner.client.delete(f"/invitations/{sent['id']}", headers=ORIGIN)
        assert "good for nothing" in (await town.browser().get(sent["link"].removeprefix(HOST))).text

    async def test_an_invitation_ends_after_two_weeks(self, town: Town, clock: Clock) -> None:
        owner = await town.owner()
        sent = (await owner.client.post("/invitations", json={"email": ANNA}, headers=ORIGIN)).json()
        clock.go_on(timedelta(days=14).total_seconds())
        assert "good for nothing" in (await town.browser().get(sent["link"].removeprefix(HOST))).text

    async def test_owners_invite_and_change_roles_from_the_page(self, town: Town) -> None:
        owner = await town.owner()
        page = await owner.post("/people/view/invitations", email=ANNA, role="member")
        assert "pass this link on" in page.text
        known = await owner.post("/people/view/invitations", email=OLGA, role="member")
        assert known.status_code == 422
        assert ANNA in (await owner.get("/people/view")).text


class TestErasing:
    async def test_erasing_leaves_nothing_of_a_person(self, town: Town) -> None:
        browser = await town.member()
        data = await browser.client.get("/sessions")
        assert data.status_code == 200
        await ask(town.browser(), ANNA)
        link = await town.link_for(ANNA)
        answer = await browser.post("/account/view/erase", sure="true")
        assert answer.status_code == 303
        assert (await browser.client.get("/sessions")).status_code == 401
        assert "good for nothing" in (await town.browser().get(link.removeprefix(HOST))).text
        assert ANNA not in (await (await town.owner()).get("/people/view")).text

    async def test_an_export_holds_the_account(self, town: Town) -> None:
        browser = await town.member()
        page = (await browser.get("/account/view")).text
        subject = page.partition("subjects/")[2].partition('"')[0]
        data = (await browser.client.get(f"/subjects/{subject}")).json()["data"]
        assert data["account"]["email"] == ANNA
        assert len(data["sessions"]) == 1

    async def test_erasing_needs_the_box_ticked(self, town: Town) -> None:
        browser = await town.member()
        assert (await browser.post("/account/view/erase", sure="")).status_code == 422
        assert (await browser.client.get("/sessions")).status_code == 200


class TestElsewhere:
    @pytest.fixture
    def app(self, test_settings: dict[str, Any]) -> FastAPI:
        return create_people_app(test_settings | {"accounts": "off"})

    async def test_behind_a_gateway_people_sign_in_there(self, town: Town) -> None:
        answer = await town.browser().get("/sign-in/view?next=/boxes", **{"X-Forwarded-Prefix": "/i/boxes"})
        assert answer.headers["location"] == "../../../sign-in/view?next=%2Fi%2Fboxes%2Fboxes"

    @pytest.mark.parametrize("prefix", ["//evil.example", "/i/../..", "https://evil.example", ""])
    async def test_a_forged_prefix_leads_nowhere(self, town: Town, prefix: str) -> None:
        answer = await town.browser().get("/sign-in/view", **{"X-Forwarded-Prefix": prefix})
        assert answer.status_code == 401

    @pytest.mark.parametrize("path", ["/sessions", "/accounts", "/invitations"])
    async def test_nothing_of_accounts_is_there(self, town: Town, path: str) -> None:
        token = mint_token(SECRET, subject="o", role=Role.OWNER, audience="boxes")
        answer = await town.browser().client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 404


@pytest.mark.parametrize("address", ["ANNA@example.org", "anna@EXAMPLE.org", " anna@example.org "])
def test_one_box_has_one_address(address: str) -> None:
    assert normalised(address) == ANNA


@pytest.mark.parametrize(
    "address",
    [
        "anna",
        "@example.org",
        "anna@",
        "a b@example.org",
        "Karl@example.org",
        "anna\n@example.org",
        "a@b@c",
        "anna@example..org",
        "anna@-x.org",
        "x" * 65 + "@example.org",
        ".a@example.org",
        '"a b"@example.org',
    ],
)
def test_an_address_that_could_be_somebody_elses_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        normalised(address)


def test_the_link_for_the_first_owner_leads_to_the_port_that_the_service_was_started_on(tmp_path: Path) -> None:
    program = service_cli("boxes", "shared.tests.boxes:create_box_app", ServiceSettings)
    told = CliRunner().invoke(program, ["admin-link", "--data", str(tmp_path), "--port", "9000"])
    assert told.output.startswith("http://127.0.0.1:9000/")
