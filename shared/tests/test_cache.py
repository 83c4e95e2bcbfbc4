"""What is kept of public answers: only those, only while they are true, and for everybody in the same words."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from shared.tests.boxes import Box, Boxes, create_box_app

from interlinker_shared import assets
from interlinker_shared.auth import Role
from interlinker_shared.http import Anyone, Database, public
from interlinker_shared.http.cache import PublicCache
from interlinker_shared.testing import RunApp, TokenHeaders
from interlinker_shared.testing_reads import was_kept


@public
async def read_odd(asset_id: UUID, request: Request, db: Database, who: Anyone) -> Response:
    """An answer about a box that is as odd as the query wants it."""
    await db.read(assets.require, asset_id)
    asked = request.query_params
    headers = {name: asked[name] for name in ("set-cookie", "cache-control", "vary") if name in asked}
    body = "." * int(asked.get("size", 1))
    status = int(asked.get("status", 200))
    return StreamingResponse(iter([body]), status, headers) if "stream" in asked else Response(body, status, headers)


@public
async def read_nothing(_who: Anyone) -> Response:
    """An answer that comes from nowhere, so nothing would tell of a change."""
    return Response("nothing")


async def read_undeclared(asset_id: UUID, db: Database, who: Anyone) -> Response:
    """An answer of a route that declares nothing."""
    await db.read(assets.require, asset_id)
    return Response("undeclared")


class Slow:
    """A route that has read a title and takes its time to tell it."""

    def __init__(self) -> None:
        self.has_read, self.may_go_on = asyncio.Event(), asyncio.Event()

    @public
    async def read_slowly(self, asset_id: UUID, db: Database, _who: Anyone) -> Response:
        asset = await db.read(assets.require, asset_id)
        self.has_read.set()
        await self.may_go_on.wait()
        return Response(asset.title)


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def app(test_settings: dict[str, Any], boxes: Boxes, slow: Slow) -> FastAPI:
    def odd_routes(router: APIRouter) -> None:
        router.add_api_route("/odd/{asset_id}", read_odd)
        router.add_api_route("/slow/{asset_id}", slow.read_slowly)
        router.add_api_route("/undeclared/{asset_id}", read_undeclared)
        router.add_api_route("/nothing", read_nothing)

    return create_box_app(test_settings | {"cache_bytes": 64 * 1024}, kind=boxes.kind(), routes=odd_routes)


@pytest.fixture
async def path(box: Box) -> str:
    """The address of an open box."""
    return f"/boxes/{(await box.opened())['id']}"


async def kept(box: Box, path: str, **headers: str) -> bool:
    """Whether this request is answered from what is kept."""
    answer = await box.client.get(path, headers=headers)
    box.client.cookies.clear()
    return was_kept(answer)


async def test_the_second_reader_gets_the_same_answer_again(box: Box, path: str) -> None:
    first, second = [await box.client.get(path) for _ in range(2)]
    assert (was_kept(first), was_kept(second)) == (False, True)
    assert first.content == second.content
    of_one = {"traceparent"}
    assert {name: first.headers[name] for name in first.headers.keys() - of_one} == dict(second.headers)
    assert second.headers["cache-control"] == "public, no-cache"
    assert second.headers["vary"] == "Authorization, Cookie"


async def test_who_has_written_reads_it_at_once(box: Box, path: str) -> None:
    for number in range(20):
        tag = (await box.client.get(path)).headers["ETag"]
        await box.ask("PATCH", path, json={"title": f"Box {number}"}, headers={"If-Match": tag})
        assert (await box.client.get(path)).json()["title"] == f"Box {number}"


async def test_what_was_read_before_a_write_is_not_kept_after_it(box: Box, path: str, slow: Slow) -> None:
    asking = asyncio.create_task(box.client.get(path.replace("boxes", "slow")))
    await slow.has_read.wait()
    await box.ask("PATCH", path, json={"title": "A new title"}, headers={"If-Match": '"2"'})
    slow.may_go_on.set()
    assert (await asking).text == "A box"
    assert (await box.client.get(path.replace("boxes", "slow"))).text == "A new title"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PUBLIC])
async def test_an_answer_to_somebody_in_particular_is_not_kept(box: Box, path: str, role: Role) -> None:
    answer = await box.ask("GET", path, role)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert not await kept(box, path)
    assert not was_kept(await box.ask("GET", path, role))


async def test_a_request_with_a_cookie_passes_by(box: Box, path: str) -> None:
    assert not await kept(box, path, Cookie="session=1")
    assert not await kept(box, path)
    assert not await kept(box, path, Cookie="session=1")


async def test_a_wrong_token_is_refused_though_the_answer_is_kept(box: Box, path: str) -> None:
    await box.client.get(path)
    refused = await box.client.get(path, headers={"Authorization": "Bearer nonsense"})
    assert refused.status_code == 401
    assert "etag" not in refused.headers


@pytest.mark.parametrize(
    "odd",
    [
        "set-cookie=a%3Db",
        "cache-control=no-store",
        "cache-control=private",
        "vary=*",
        "vary=Origin",
        "vary=Accept-Language,+Accept",
        "stream=yes",
        "size=70000",
        "size=5000",
        "status=203",
        "status=404",
        "status=500",
    ],
)
async def test_an_answer_that_is_not_plain_is_not_kept(box: Box, path: str, odd: str) -> None:
    address = path.replace("boxes", "odd")
    assert not any([await kept(box, f"{address}?{odd}") for _ in range(2)])
    await box.client.get(address)
    assert await kept(box, address)


@pytest.mark.parametrize("address", ["/nothing", "/undeclared/{}", "/boxes/{}/export?format=txt", "/health/live"])
async def test_what_no_route_declares_is_not_kept(box: Box, path: str, address: str) -> None:
    filled = address.format(path.rpartition("/")[2])
    assert not any([await kept(box, filled) for _ in range(2)])


async def test_a_draft_is_kept_for_nobody(box: Box) -> None:
    draft = (await box.create(title="Not for you yet"))["id"]
    for address in ("/boxes", f"/boxes/{draft}", f"/boxes/{draft}/result"):
        seen = await box.ask("GET", address, Role.MODERATOR)
        assert seen.status_code == 200
        for _ in range(2):
            assert draft not in (await box.client.get(address)).text


async def test_a_draft_that_opens_is_seen_at_once(box: Box) -> None:
    draft = await box.create()
    path = f"/boxes/{draft['id']}"
    assert [(await box.client.get(path)).status_code for _ in range(2)] == [404, 404]
    assert (await box.client.get("/boxes")).json()["items"] == []
    await box.step(draft, "open")
    assert (await box.client.get(path)).status_code == 200
    assert len((await box.client.get("/boxes")).json()["items"]) == 1


async def test_a_foreign_thing_looks_like_a_missing_one(box: Box, path: str) -> None:
    draft = (await box.create())["id"]
    await box.client.get(path)
    missing = path.replace(path[-4:], "0000")
    answers = [(await box.client.get(address)).content for address in (f"/boxes/{draft}", missing)]
    assert answers[0] == answers[1]


async def test_a_hidden_result_is_not_shown_from_before(box: Box, boxes: Boxes, path: str) -> None:
    boxes.hidden = True
    assert (await box.client.get(f"{path}/result")).status_code == 403
    assert (await box.client.get(f"{path}/result")).status_code == 403
    await box.ask("POST", f"{path}/close")
    assert (await box.client.get(f"{path}/result")).json()["status"] == "final"


@pytest.mark.parametrize(
    "sent",
    ["{}", "W/{}", '"other", {}', '"other" ,W/{} , "third"', "*", '"a,b", {}', " {} "],
)  # fmt: skip
async def test_a_reader_who_has_it_is_told_so(box: Box, path: str, sent: str) -> None:
    address = f"{path}/result"
    tag = (await box.client.get(address)).headers["etag"]
    for _ in range(2):
        answer = await box.client.get(address, headers={"If-None-Match": sent.format(tag)})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["vary"] == "Authorization, Cookie"
        assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("sent", ['"other"', "", "other", 'W/"other"', '"*"', '"{}x"', "{}"])
async def test_a_reader_who_has_another_one_gets_it_whole(box: Box, path: str, sent: str) -> None:
    address = f"{path}/result"
    bare = (await box.client.get(address)).headers["etag"].strip('"')
    answer = await box.client.get(address, headers={"If-None-Match": sent.format(bare)})
    assert (answer.status_code, was_kept(answer)) == (200, True)


async def test_the_first_reader_may_have_it_already(box: Box, path: str) -> None:
    address = f"{path}/result"
    tag = (await box.client.get(address)).headers["etag"]
    answer = await box.client.get(f"{address}?nothing=kept", headers={"If-None-Match": tag})
    assert (answer.status_code, was_kept(answer)) == (304, False)


async def test_the_tag_of_an_asset_is_the_one_to_change_it_with(box: Box, path: str) -> None:
    tags = [(await box.client.get(path)).headers["etag"] for _ in range(2)]
    assert tags == ['"2"', '"2"']
    changed = await box.ask("PATCH", path, json={"title": "Changed"}, headers={"If-Match": tags[1]})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil"},
        {"X-Original-URL": "/evil"},
        {"Forwarded": "host=evil.example;proto=https"},
        {"X-Forwarded-Proto": "https"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Origin": "https://evil.example"},
        {"Accept": "text/html"},
        {"Accept-Language": "de"},
        {"Range": "bytes=0-1"},
    ],
)
async def test_no_header_of_one_reader_reaches_another(box: Box, path: str, header: dict[str, str]) -> None:
    clean = (await box.client.get(f"{path}/result", headers={"Cookie": "past=the-cache"})).content
    tricked = await box.client.get(f"{path}/result", headers=header)
    after = await box.client.get(f"{path}/result")
    assert "evil" not in tricked.text + str(dict(tricked.headers))
    assert (after.status_code, after.content) == (200, clean)


@pytest.mark.parametrize("trick", ["{}/", "{}//", "/.{}", "{}%2f", "{}%00", "{};a=b", "/boxes/..{}", "{}/%2e"])
async def test_no_way_of_writing_an_address_finds_another_answer(box: Box, path: str, trick: str) -> None:
    await box.client.get(path)
    asked = trick.format(path)
    given, fresh = [await box.client.get(asked, headers=headers) for headers in ({}, {"Cookie": "past=the-cache"})]
    assert (given.status_code, given.content) == (fresh.status_code, fresh.content)


async def test_each_query_has_its_own_answer(box: Box, path: str, token: TokenHeaders) -> None:
    await box.opened(title="Another box")
    secret = token(audience="boxes")["Authorization"].removeprefix("Bearer ")
    both, one = [(await box.client.get("/boxes", params={"limit": limit})).json() for limit in (2, 1)]
    assert (len(both["items"]), len(one["items"])) == (2, 1)
    for query in (f"token={secret}", f"authorization={secret}", f"access_token={secret}"):
        draft = (await box.create())["id"]
        assert draft not in (await box.client.get(f"/boxes?{query}")).text


async def test_only_get_is_answered_from_what_is_kept(box: Box, path: str) -> None:
    await box.client.get(path)
    others = [await box.client.request(method, path) for method in ("HEAD", "OPTIONS", "POST", "PUT")]
    assert [answer.status_code for answer in others] == [405] * 4
    assert not was_kept(await box.client.request("GET", path, content=b"a body"))


async def test_the_longest_unused_goes_first(box: Box, path: str) -> None:
    address = path.replace("boxes", "odd")
    for number in range(1, 40):
        await box.client.get(f"{address}?size=2000&number={number}")
        assert await kept(box, f"{address}?size=2000&number=1")
    assert not await kept(box, f"{address}?size=2000&number=2")


async def test_what_is_kept_has_its_room_and_no_more(app: FastAPI, box: Box, path: str) -> None:
    cache: PublicCache = app.cache  # type: ignore[attr-defined]  # an Interlinker
    for size in range(1, 3000, 50):
        await box.client.get(f"{path.replace('boxes', 'odd')}?size={size}")
        assert 0 < cache.size <= 64 * 1024
    assert cache.size > 48 * 1024


async def test_without_room_nothing_is_kept(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    box = Box(await run_app(create_box_app(test_settings | {"cache_bytes": 0})), token)
    path = f"/boxes/{(await box.opened())['id']}"
    assert not any([await kept(box, path) for _ in range(2)])


async def test_kept_answers_are_counted_like_others(box: Box, path: str) -> None:
    for headers in ({}, {}, {}, {"If-None-Match": "*"}):
        await box.client.get(path, headers=headers)
    counted = (await box.client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/boxes/{asset_id}",status="200"} 3.0' in counted
    assert 'http_requests_total{method="GET",route="/boxes/{asset_id}",status="304"} 1.0' in counted


async def test_a_restart_begins_with_nothing(test_settings: dict[str, Any], token: TokenHeaders) -> None:
    app = create_box_app(test_settings)
    for number in range(2):
        async with LifespanManager(app):
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
            box = Box(client, token)
            await client.get("/boxes")
            assert len((await client.get("/boxes")).json()["items"]) == number
            await box.opened()
