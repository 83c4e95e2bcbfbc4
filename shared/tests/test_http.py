"""The edge of a service: problems, idempotency, pages of lists, limits, headers, health."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from shared.tests.boxes import Box, Clock, create_box_app, held, run
from shared.tests.people import HOST, create_people_app
from sqlalchemy import select

from interlinker_shared import errors
from interlinker_shared.assets.store import _keys
from interlinker_shared.auth import Role
from interlinker_shared.http import Anyone, decode_cursor, encode_cursor, listing
from interlinker_shared.http.idempotency import IdempotencyRow, forget_expired
from interlinker_shared.testing import RunApp, TokenHeaders, recorded

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
KEY = {"Idempotency-Key": "k-1"}
KINDS = [
    (errors.MalformedError("m"), 400, "malformed"),
    (errors.UnauthorisedError("m"), 401, "unauthorised"),
    (errors.ForbiddenError("m"), 403, "forbidden"),
    (errors.NotFoundError(), 404, "not-found"),
    (errors.ConflictError("m", slug="already-there"), 409, "already-there"),
    (errors.PreconditionError("m"), 412, "precondition-failed"),
    (errors.TooLargeError("m"), 413, "too-large"),
    (errors.UnsupportedMediaError("m"), 415, "unsupported-media-type"),
    (errors.InvalidError("m", pointer="/a"), 422, "invalid"),
    (errors.PreconditionMissingError("m"), 428, "precondition-required"),
    (errors.TooManyError("m", retry_after=7), 429, "too-many-requests"),
    (errors.UnavailableError("m", retry_after=1), 503, "unavailable"),
    (ZeroDivisionError("secret detail"), 500, "internal"),
]


async def with_route(settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, error: Exception) -> Box:
    """The block with a route that fails."""

    async def fail(_who: Anyone) -> None:
        raise error

    def add(router: APIRouter) -> None:
        router.add_api_route("/fail", fail, methods=["GET"], name="fail")

    return Box(await run_app(create_box_app(settings, routes=add)), token)


@pytest.mark.parametrize(("error", "status", "slug"), KINDS)
async def test_errors_leave_as_problem_documents(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, error: Exception, status: int, slug: str
) -> None:
    box = await with_route(test_settings, run_app, token, error)
    answer = await box.ask("GET", "/fail")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:interlinkers:problem:{slug}", status)
    assert "secret" not in answer.text
    assert answer.headers.get("retry-after") == {429: "7", 503: "1"}.get(status)
    assert ("www-authenticate" in answer.headers) is (status == 401)


async def test_wrong_fields_are_named_with_their_place(box: Box) -> None:
    body = {"title": "", "language": "not a tag", "context": {"process": "p"}, "extra": 1}
    problem = (await box.ask("POST", "/boxes", json=body)).json()
    pointers = {entry["pointer"] for entry in problem["errors"]}
    assert pointers == {"/title", "/language", "/context/task", "/extra"}


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"title": "\xff"}', "application/json", 400),
        (b"", "application/json", 422),
        (b'{"title": "x"}', "text/plain", 415),
        (b'{"title": "x"}', "application/merge-patch+json", 201),
        (b'{"title": "a\\u0000b"}', "application/json", 422),
        (b'{"title": "a\\ud800b"}', "application/json", 422),
        (b'{"title": "two\\nlines"}', "application/json", 422),
        (b'{"title": "x", "config": {"size": 1e999}}', "application/json", 422),
        (b'{"title": "x", "config": {"size": ' + b"9" * 40 + b"}}", "application/json", 422),
        (b'{"title": "x", "config": ' + b'{"a":' * 40 + b"1" + b"}" * 41, "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
        (b'{"title": "' + b"x" * 2_000_000 + b'"}', "application/json", 413),
    ],
)
async def test_bad_bodies_are_refused_and_nothing_is_stored(box: Box, content: bytes, kind: str, status: int) -> None:
    answer = await box.ask("POST", "/boxes", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert len((await box.ask("GET", "/boxes")).json()["items"]) == (1 if status == 201 else 0)


async def test_a_large_body_without_a_length_is_refused(box: Box) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b"x" * 65_536

    headers = {"Content-Type": "application/json"}
    answer = await box.ask("POST", "/boxes", content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:interlinkers:problem:too-large")


async def test_an_unknown_address_and_method_are_problems(box: Box) -> None:
    assert (await box.ask("GET", "/nowhere")).json()["type"] == "urn:interlinkers:problem:not-found"
    answer = await box.ask("PUT", "/boxes")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert "POST" in answer.headers["allow"]


async def test_every_answer_has_the_security_headers_and_a_trace(box: Box) -> None:
    for path in ("/boxes", "/nowhere", "/health/live"):
        answer = await box.ask("GET", path, headers={"traceparent": TRACE})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["traceparent"].split("-")[1] == TRACE.split("-")[1]
        assert answer.headers["traceparent"] != TRACE


async def test_an_invalid_trace_is_begun_anew(box: Box) -> None:
    answer = await box.ask("GET", "/boxes", headers={"traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"})
    assert answer.headers["traceparent"].split("-")[1] != "0" * 32


async def test_fifty_requests_with_one_key_have_one_effect(box: Box, app: FastAPI) -> None:
    path = f"/boxes/{(await box.opened())['id']}/things"
    asks = [box.ask("POST", path, Role.MEMBER, json={"name": "A book"}, headers=KEY) for _ in range(50)]
    answers = await asyncio.gather(*asks)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 49
    assert len(await recorded(app, "contribution.made.v1")) == 1


async def test_a_repeated_creation_answers_the_same(box: Box) -> None:
    first, second = [await box.ask("POST", "/boxes", json={"title": "T"}, headers=KEY) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    for name in ("etag", "location", "content-type"):
        assert first.headers[name] == second.headers[name]


async def test_a_key_belongs_to_one_body_one_address_and_one_person(box: Box) -> None:
    assert (await box.ask("POST", "/boxes", json={"title": "T"}, headers=KEY)).status_code == 201
    other = await box.ask("POST", "/boxes", json={"title": "U"}, headers=KEY)
    assert (other.status_code, other.json()["type"]) == (422, "urn:interlinkers:problem:idempotency-key-reused")
    somebody = await box.ask("POST", "/boxes", subject="otto", json={"title": "U"}, headers=KEY)
    assert somebody.status_code == 201
    assert len((await box.ask("GET", "/boxes")).json()["items"]) == 2


async def test_what_is_kept_of_a_request_says_nothing_without_its_key(box: Box, app: FastAPI) -> None:
    body = b'{"title": "A secret title"}'
    headers = KEY | {"Content-Type": "application/json"}
    answer = await box.ask("POST", "/boxes", content=body, headers=headers)
    row = await app.state.kit.db.read(lambda session: session.scalars(select(IdempotencyRow)).one())
    kept = f"{row.scope} {row.fingerprint} {row.body}"
    assert "secret" not in kept
    assert answer.json()["id"] not in base64.b64decode(row.body).decode("latin-1")
    assert hashlib.sha256(body).hexdigest() not in kept


async def test_a_failed_request_does_not_use_its_key_up(box: Box) -> None:
    asset = await box.create()
    path = f"/boxes/{asset['id']}/things"
    assert (await box.ask("POST", path, json={"name": "x"}, headers=KEY)).status_code == 409
    await box.step(asset, "open")
    assert (await box.ask("POST", path, json={"name": "x"}, headers=KEY)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(box: Box, app: FastAPI, clock: Clock) -> None:
    first = await box.ask("POST", "/boxes", json={"title": "T"}, headers=KEY)
    for hours, same in [(23, True), (2, False)]:
        clock.go_on(hours * 3600)
        await app.state.kit.db.write(forget_expired, clock())
        again = await box.ask("POST", "/boxes", json={"title": "T"}, headers=KEY)
        assert (again.json()["id"] == first.json()["id"]) is same


async def test_a_full_queue_answers_503_with_retry_after(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    app = create_box_app(test_settings | {"queue_limit": 5})
    box = Box(await run_app(app), token)
    db = app.state.kit.db
    async with held(db):
        waiting = [asyncio.create_task(db.write(run("SELECT 1"))) for _ in range(5)]
        await asyncio.sleep(0)
        answer = await box.ask("POST", "/boxes", json={"title": "T"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await box.ask("GET", "/health/ready")).status_code == 503
    await asyncio.gather(*waiting, return_exceptions=True)


Keys = st.lists(st.none() | st.text() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False), max_size=4)


@given(Keys)
def test_a_cursor_comes_back_as_it_went(keys: list[Any]) -> None:
    assert decode_cursor(encode_cursor(keys)) == keys


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")) | Keys.map(encode_cursor))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with contextlib.suppress(errors.InvalidError):
        assert len(_keys(decode_cursor(text))) == 2


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "W10", encode_cursor(["2026-01-01T00:00:00", "no uuid"]), encode_cursor([1, 2]), "x" * 501],
)
async def test_a_cursor_that_is_not_ours_is_refused(box: Box, cursor: str) -> None:
    answer = await box.ask("GET", "/boxes", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


async def test_a_cursor_without_a_zone_is_no_error_of_ours(box: Box) -> None:
    made_up = encode_cursor(["2026-01-01T00:00:00", "0197f000-0000-7000-8000-000000000000"])
    assert (await box.ask("GET", "/boxes", params={"cursor": made_up})).status_code in {200, 422}


def test_a_last_page_has_no_next() -> None:
    assert listing([1, 2], 2, lambda item: [item]).next is None
    more = listing([1, 2, 3], 2, lambda item: [item])
    assert (more.items, decode_cursor(str(more.next))) == ([1, 2], [2])
    assert listing([], 2, lambda item: [item]).items == []


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "9" * 30])
async def test_limits_have_bounds(box: Box, limit: str) -> None:
    answer = await box.ask("GET", "/boxes", params={"limit": limit})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit")


async def test_metrics_count_by_route_not_by_address(box: Box) -> None:
    await box.ask("GET", f"/boxes/{(await box.create())['id']}")
    text = (await box.ask("GET", "/metrics", Role.PUBLIC)).text
    assert 'http_requests_total{method="GET",route="/boxes/{asset_id}",status="200"} 1.0' in text
    assert "outbox_waiting 0.0" in text


async def test_events_can_be_replayed_from_a_cursor(box: Box) -> None:
    await box.step(await box.opened(), "close")
    first = (await box.ask("GET", "/events", params={"limit": 1})).json()
    rest = (await box.ask("GET", "/events", params={"after": first["next"]})).json()
    assert [event["aggseq"] for event in first["items"] + rest["items"]] == [1, 2, 3]
    end = (await box.ask("GET", "/events", params={"after": rest["next"]})).json()
    assert end == {"items": [], "next": rest["next"]}


async def test_readiness_names_what_is_away(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    box = Box(await run_app(create_box_app(test_settings | {"nats_url": "nats://127.0.0.1:9"})), token)
    answer = await box.ask("GET", "/health/ready", Role.PUBLIC)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "degraded": ["nats"]})
    assert (await box.ask("POST", "/boxes", json={"title": "T"})).status_code == 201


def test_a_problem_with_several_fields_says_how_many() -> None:
    one, two = errors.FieldError("/a", "wrong"), errors.FieldError("/b", "too")
    assert errors.InvalidError.many([one]).message == "wrong"
    assert errors.InvalidError.many([one, two]).message == "2 fields are not valid."
    assert errors.pointer("a/b", 0, "c~d") == "/a~1b/0/c~0d"
    assert json.dumps(errors.plain("Value error, no")) == '"no"'


async def test_a_route_declares_what_its_headers_and_its_pages_may_lead_to(test_settings: dict[str, Any]) -> None:
    paths = create_people_app(test_settings).openapi()["paths"]
    assert {"412", "428"} <= set(paths["/boxes/{asset_id}"]["patch"]["responses"])
    assert "412" in paths["/webhooks/{webhook_id}"]["delete"]["responses"]
    assert "304" in paths["/boxes/{asset_id}"]["get"]["responses"]
    assert {"414", "431"} <= set(paths["/boxes"]["get"]["responses"])
    page = paths["/account/view/sign-out"]["post"]
    assert set(page["responses"]["422"]["content"]) == {"application/problem+json", "text/html"}
    assert "parameters" not in page, "a page's form cannot be answered again from what its write gave"


async def test_a_form_that_is_sent_twice_with_one_key_leads_on_twice(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    client = await run_app(create_people_app(test_settings))
    headers = token(Role.MEMBER, "anna", audience="boxes") | {
        "Idempotency-Key": "k",
        "Origin": HOST,
        "Host": "localhost",
    }
    answers = [await client.post("/account/view/sign-out", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
