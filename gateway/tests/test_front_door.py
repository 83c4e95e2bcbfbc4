"""The front door in front of a real HTTP server: what arrives there, and what comes back."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from interlinker_gateway.proxy.front_door import FrontDoor, Patience
from interlinker_shared.errors import ForbiddenError, UnauthorisedError
from interlinker_shared.outgoing import OutgoingPolicy, parse_networks

GZIPPED = gzip.compress(b"hello " * 100)


class Block:
    """What stands behind the door: it keeps what it was sent, and answers by the last word of the path."""

    def __init__(self) -> None:
        self.seen: list[web.BaseRequest] = []
        self.bodies: list[bytes] = []
        self.drop = 0
        self.released = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        if self.drop:
            self.drop -= 1
            assert request.transport
            request.transport.abort()
            return web.Response()
        self.bodies.append(await request.read())
        answer = getattr(self, f"_{request.path.rsplit('/', 1)[-1]}", None)
        return await answer(request) if answer else web.Response(text="hello", headers={"X-Own": "1"})

    async def _gzipped(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(
            body=GZIPPED, headers={"Content-Encoding": "gzip", "Set-Cookie": "a=b", "Connection": "x-hop", "X-Hop": "1"}
        )

    async def _elsewhere(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": "there"})

    async def _sick(self, _request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=503)

    async def _never(self, _request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        try:
            await stream.write(b"data: 1\n\n")
            await asyncio.Event().wait()
        finally:
            self.released.set()
        return stream

    async def _breaks(self, request: web.BaseRequest) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(b"half")
        assert request.transport
        request.transport.abort()
        return stream


LOOPBACK = OutgoingPolicy(parse_networks("127.0.0.0/8"), http=True)


async def exchange(bearer: str, audience: str) -> str:
    if bearer == "bad":
        raise UnauthorisedError("This token is not valid.")
    return f"{bearer}-for-{audience}"


async def signed_in(scope: Any) -> str | None:
    cookie = dict(scope["headers"]).get(b"cookie")
    if cookie == b"il_session=cross":
        raise ForbiddenError("This must come from here.")
    return "ils_anna" if cookie == b"il_session=anna" else None


@pytest.fixture
async def block() -> AsyncIterator[tuple[Block, FrontDoor]]:
    behind = Block()
    server = web.Server(behind, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    addresses = {
        "block": ("block", f"http://127.0.0.1:{runner.addresses[0][1]}/root"),
        "gone": ("gone", "http://127.0.0.1:9"),
        "metadata": ("metadata", "http://169.254.169.254/latest"),
    }
    patience = Patience(connect=1, first_byte=0.3, idle=0.3)
    door = FrontDoor(addresses.get, exchange, lambda _scope: "203.0.113.9", LOOPBACK, signed_in, patience)
    yield behind, door
    await door.aclose()
    await runner.cleanup()


def client(door: FrontDoor) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://town.example")


async def test_path_query_and_body_arrive_as_they_were_sent(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        answer = await http.post("/i/block/a%20b/c?x=%2F&y=1", content=b"\x00body")
    assert (answer.status_code, answer.text, answer.headers["x-own"]) == (200, "hello", "1")
    assert behind.seen[0].raw_path == "/root/a%20b/c?x=%2F&y=1"
    assert behind.bodies == [b"\x00body"]


async def test_a_session_is_exchanged_like_a_token_and_its_cookie_stays_here(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        await http.get("/i/block/x", headers={"Cookie": "il_session=anna"})
        await http.get("/i/block/x", headers={"Cookie": "il_session=old"})
        await http.get("/i/block/x", headers={"Cookie": "il_session=anna", "Authorization": "Bearer mine"})
    sent = [request.headers.get("authorization") for request in behind.seen]
    assert sent == ["Bearer ils_anna-for-block", None, "Bearer mine-for-block"]
    assert not any("cookie" in request.headers for request in behind.seen)


async def test_a_write_by_cookie_from_elsewhere_reaches_no_block(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        answer = await http.post("/i/block/x", headers={"Cookie": "il_session=cross"})
    assert (answer.status_code, behind.seen) == (403, [])


async def test_headers_a_caller_could_forge_are_set_anew(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    forged = {
        "Cookie": "a=b",
        "X-Forwarded-For": "1.2.3.4",
        "X-IL-Role": "owner",
        "Forwarded": "for=x",
        "Accept-Language": "es",
    }
    async with client(door) as http:
        await http.get(
            "/i/block/x", headers=forged | {"Connection": "x-mine", "X-Mine": "1", "Authorization": "Bearer mine"}
        )
    sent = behind.seen[0].headers
    assert not {"Cookie", "X-IL-Role", "Forwarded", "X-Mine"} & set(sent)
    assert sent["X-Forwarded-For"] == "203.0.113.9"
    assert (sent["X-Forwarded-Host"], sent["X-Forwarded-Prefix"]) == ("town.example", "/i/block")
    assert (sent["Authorization"], sent["Accept-Language"]) == ("Bearer mine-for-block", "es")


async def test_answers_come_back_compressed_as_they_are_and_without_cookies(block: tuple[Block, FrontDoor]) -> None:
    _, door = block
    async with client(door) as http:
        answer = await http.get("/i/block/gzipped")
    assert answer.content == b"hello " * 100
    assert answer.headers["content-length"] == str(len(GZIPPED))
    assert not {"set-cookie", "x-hop"} & set(answer.headers)


async def test_redirects_are_the_callers_to_follow(block: tuple[Block, FrontDoor]) -> None:
    async with client(block[1]) as http:
        answer = await http.get("/i/block/elsewhere")
    assert (answer.status_code, answer.headers["location"]) == (303, "there")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/i/nobody/x", 404),
        ("/i/", 404),
        ("/i/block/%2e%2e/x", 400),
        ("/i/gone/x", 502),
        ("/i/metadata/x", 502),
        ("/i/block/never", 504),
    ],
)
async def test_what_cannot_be_reached_is_a_problem(block: tuple[Block, FrontDoor], path: str, status: int) -> None:
    async with client(block[1]) as http:
        answer = await http.get(path)
    assert answer.status_code == status == answer.json()["status"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status > 500)


@pytest.mark.parametrize("header", ["Bearer bad", "Basic abc", "Bearer"])
async def test_a_bad_token_goes_no_further(block: tuple[Block, FrontDoor], header: str) -> None:
    behind, door = block
    async with client(door) as http:
        answer = await http.get("/i/block/x", headers={"Authorization": header})
    assert (answer.status_code, behind.seen) == (401, [])


async def test_a_safe_request_on_a_stale_connection_is_repeated_once(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        await http.get("/i/block/x")
        behind.drop = 1
        assert (await http.get("/i/block/x")).status_code == 200
        behind.drop = 4
        assert (await http.get("/i/block/x")).status_code == 502
        assert behind.drop == 2


async def test_a_request_that_changes_something_is_never_repeated(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        await http.get("/i/block/x")
        behind.drop = 1
        assert (await http.post("/i/block/x", content=b"once")).status_code == 502
        assert len(behind.seen) == 2


async def test_a_block_that_keeps_failing_is_left_alone(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    async with client(door) as http:
        for _ in range(20):
            await http.get("/i/block/sick")
        answer = await http.get("/i/block/x")
    assert (answer.status_code, len(behind.seen)) == (503, 20)
    assert answer.headers["retry-after"]


class Caller:
    """An ASGI caller who reads as it comes and may hang up."""

    def __init__(self, door: FrontDoor, path: str, method: str = "GET", headers: Any = ()) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answer: asyncio.Queue[Any] = asyncio.Queue()
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "headers": list(headers),
            "query_string": b"",
        }
        self.task = asyncio.create_task(door(scope, self.incoming.get, self.answer.put))

    def say(self, body: bytes, *, more: bool = False) -> None:
        self.incoming.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def hang_up(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})


async def test_events_pass_as_they_happen_and_hanging_up_frees_the_block(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    caller = Caller(door, "/i/block/events")
    caller.say(b"")
    assert (await caller.answer.get())["status"] == 200
    assert (await caller.answer.get())["body"] == b"data: 1\n\n"
    caller.hang_up()
    await asyncio.wait_for(behind.released.wait(), 5)
    await asyncio.wait_for(caller.task, 5)


async def test_hanging_up_before_the_answer_ends_the_call(block: tuple[Block, FrontDoor]) -> None:
    caller = Caller(block[1], "/i/block/never")
    caller.say(b"")
    caller.hang_up()
    await asyncio.wait_for(caller.task, 5)
    assert caller.answer.empty()


async def test_an_upload_arrives_piece_by_piece_and_may_break_off(block: tuple[Block, FrontDoor]) -> None:
    behind, door = block
    chunked = [(b"transfer-encoding", b"chunked")]
    caller = Caller(door, "/i/block/x", "POST", chunked)
    caller.say(b"one", more=True)
    caller.say(b"two")
    await asyncio.wait_for(caller.task, 5)
    assert behind.bodies == [b"onetwo"]
    broken = Caller(door, "/i/block/x", "POST", chunked)
    broken.say(b"one", more=True)
    broken.hang_up()
    await asyncio.wait_for(broken.task, 5)
    assert broken.answer.empty()


async def test_an_answer_that_breaks_off_is_not_made_whole(block: tuple[Block, FrontDoor]) -> None:
    caller = Caller(block[1], "/i/block/breaks")
    caller.say(b"")
    await asyncio.wait_for(caller.task, 5)
    messages = [caller.answer.get_nowait() for _ in range(caller.answer.qsize())]
    assert messages[0]["status"] == 200
    assert all(message["more_body"] for message in messages[1:])
