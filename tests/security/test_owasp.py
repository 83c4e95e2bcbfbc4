"""One attack for each entry of the OWASP API Security Top 10 (2023), against the running family; `api1` … `api10` in the names."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.ids import new_id
from interlinker_shared.limits.challenge import solve
from tests.security.evil_block import EvilBlock
from tests.security.siege import MALLORY, OLGA, REFUSED, SERVICES, Siege, kept_contract, request_of, role_of, unknown

pytestmark = pytest.mark.e2e

NOT_OURS = [
    "http://169.254.169.254/latest/meta-data",
    "https://127.0.0.1:8002/boards",
    "https://[::ffff:127.0.0.1]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://localhost/",
    "https://10.0.0.1/",
    "file:///etc/passwd",
    "gopher://example.org/",
]
VARYING = {"date", "traceparent", "content-length", "ratelimit", "ratelimit-policy"}


def told(siege: Siege, path: str, by: Role) -> tuple[Any, ...]:
    """All that somebody hears under an address, but for what differs from request to request."""
    answer = siege.ask("GET", path, by=by)
    headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
    return answer.status_code, headers, answer.content


def test_api1_broken_object_level_authorization_a_foreign_object_is_like_none(siege: Siege) -> None:
    restricted, draft = siege.board(visibility="restricted"), siege.board(opened=False)
    missing = f"/i/forum/boards/{new_id()}"
    for hidden, by in ((restricted, Role.PUBLIC), (draft, Role.PUBLIC), (draft, Role.MEMBER)):
        assert told(siege, hidden, by)[0] == 404
        for below in ("", "/topics", "/result", "/export?format=csv", "/view"):
            assert told(siege, hidden + below, by) == told(siege, missing + below, by)
    assert siege.ask("GET", restricted, by=Role.OWNER, subject=OLGA).status_code == 200


def test_api2_broken_authentication_forged_tokens_are_refused_at_the_door_and_behind_it(siege: Siege) -> None:
    good = siege.token(Role.OWNER)
    claims = good.split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    other = mint_token(
        "somebody else's secret, as long as ours is", subject=MALLORY, role=Role.OWNER, audience="gateway"
    )
    forged = [f"{header}.{claims}.", good[:-4] + "AAAA", other, siege.token(Role.OWNER, ttl=-60), "ilk_" + "A" * 43]
    for at in SERVICES:
        for token in [*forged, siege.token(Role.OWNER, audience="nobody")]:
            assert siege.ask("GET", "/audit", by=token, at=at).status_code == 401
    assert siege.ask("GET", "/i/forum/audit", by=forged[0]).status_code == 401


def test_api3_broken_object_property_level_authorization_nobody_sets_or_sees_what_is_not_hers(siege: Siege) -> None:
    board = {"title": "Mine", "language": "en", "config": {}}
    for extra in ({"id": str(new_id())}, {"state": "open"}, {"created_by": OLGA}, {"version": 7}):
        answer = siege.ask("POST", "/i/forum/boards", by=Role.MODERATOR, json=board | extra)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(extra))}")
    url = "https://example.org/events"
    made = siege.made("/i/forum/webhooks", {"url": url})
    seen = [siege.ask("GET", f"/i/forum/webhooks{below}", by=Role.OWNER) for below in ("", f"/{made['id']}")]
    assert all(url in answer.text and made["secret"] not in answer.text for answer in seen)
    topic = siege.made(f"{siege.board()}/topics", {"title": "A bench", "text": "Under the lime tree."})
    assert siege.ask("GET", f"/i/forum/topics/{topic['id']}").text.count("@") == 0


def test_api4_unrestricted_resource_consumption_what_is_too_much_is_refused(siege: Siege) -> None:
    boards = "/i/forum/boards"
    assert siege.ask("GET", f"{boards}?limit=100000").status_code == 422
    assert siege.ask("GET", boards + "?cursor=" + "x" * 9000).status_code == 414
    assert siege.ask("GET", boards, headers={f"X-{n}": "1" for n in range(120)}).status_code == 431
    large, deep = b'"' + b"x" * 2_000_000 + b'"', b"[" * 5000 + b"]" * 5000
    for body, status in ((large, 413), (deep, 400)):
        kind = {"Content-Type": "application/json"}
        assert siege.ask("POST", boards, by=Role.MODERATOR, content=body, headers=kind).status_code == status
    export = f"{siege.board()}/export?format=csv"
    answers = [siege.ask("GET", export, by=Role.MEMBER, subject="greedy") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("service", SERVICES)
def test_api5_broken_function_level_authorization_a_member_does_nothing_of_an_owner(siege: Siege, service: str) -> None:
    found = [(one, document) for one, document in siege.operations(service) if role_of(one).rank > Role.MEMBER.rank]
    assert len(found) > 15
    for one, document in found:
        answer = siege.ask(one.method, unknown(one), by=Role.MEMBER, at=service, **request_of(one, document))
        assert answer.status_code in REFUSED, f"{one}: {answer.status_code}"


def test_api6_unrestricted_access_to_sensitive_business_flows_a_robot_fills_no_ballot_box(siege: Siege) -> None:
    made = siege.made("/i/forum/boards", {"title": "Open to all", "language": "en", "config": {"guests": True}})
    topics = f"/i/forum/boards/{made['id']}/topics"
    siege.made(topics.removesuffix("/topics") + "/open", None)
    topic = {"title": "Buy this", "text": "Now."}
    assert siege.ask("POST", topics, json=topic).json()["type"].endswith("challenge-required")
    proof = {"X-Altcha-Payload": solve(siege.ask("GET", "/i/forum/challenge").json())}
    answers = [siege.ask("POST", topics, json=topic, headers=proof) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 403, 403]


@pytest.mark.parametrize("url", NOT_OURS)
def test_api7_server_side_request_forgery_no_address_of_ours_is_called(siege: Siege, url: str) -> None:
    for place in ("/webhooks", "/i/forum/webhooks", "/i/survey/webhooks"):
        answer = siege.ask("POST", place, by=Role.OWNER, json={"url": url})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")


@pytest.mark.parametrize("service", SERVICES)
def test_api8_security_misconfiguration_nothing_is_left_as_it_came(siege: Siege, service: str) -> None:
    answer = siege.ask("GET", "/nothing-here", at=service, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 404
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not {"access-control-allow-origin", "server", "x-powered-by"} & set(answer.headers)
    for path in ("/docs", "/redoc", "/debug", "/.env", "/static/../app.py", "/static/%2e%2e/app.py"):
        assert siege.ask("GET", path, at=service).status_code == 404
    assert siege.ask("TRACE", "/health/live", at=service).status_code in {404, 405}


@pytest.mark.parametrize("service", SERVICES)
def test_api9_improper_inventory_management_what_answers_is_what_is_written_down(siege: Siege, service: str) -> None:
    served = siege.ask("GET", "/openapi.json", at=service).json()
    assert served == kept_contract(service)
    manifest = siege.ask("GET", "/.well-known/interlinker.json", at=service).json()
    assert manifest["contract"] == "1"
    for old in ("/v0", "/v1", "/api", "/api/v1", "/admin", "/internal", "/test"):
        assert siege.ask("GET", old, by=Role.OWNER, at=service).status_code == 404


def test_api10_unsafe_consumption_of_apis_a_block_that_means_harm_gets_nothing_and_gives_nothing(siege: Siege) -> None:
    with EvilBlock() as evil:
        evil.register(siege)
        token, began = siege.token(Role.OWNER, subject=OLGA), time.monotonic()
        answers = [siege.ask("GET", f"/i/evil/{what}", by=token) for what in ("redirect", "cookie", "endless")]
    assert all(token not in seen for seen in evil.seen)
    assert "set-cookie" not in answers[1].headers
    assert evil.stolen == 0, "the door followed a redirect"
    assert time.monotonic() - began < 60
    assert evil.bearers
    assert not any(siege.ask("GET", "/audit", by=seen, at="forum").is_success for seen in evil.bearers)
