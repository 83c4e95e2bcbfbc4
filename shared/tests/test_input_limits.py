"""What a request may look like, and how long it may take to arrive."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from shared.tests.boxes import Box, create_box_app

from interlinker_shared.limits.shape import MAX_DEPTH, MAX_HEADERS, is_deeper
from interlinker_shared.limits.slowness import LimitedProtocol, SlowSenders
from interlinker_shared.testing import eventually, free_port

JSON = {"Content-Type": "application/json"}
Address = tuple[str, int]


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_a_long_address_is_refused(box: Box) -> None:
    assert problem(await box.ask("GET", "/boxes?limit=" + "9" * 9000)) == (414, "uri-too-long")


async def test_many_headers_are_refused(box: Box) -> None:
    many = {f"x-{number}": "1" for number in range(MAX_HEADERS)}
    assert problem(await box.ask("GET", "/boxes", headers=many)) == (431, "headers-too-large")


async def test_large_headers_are_refused(box: Box) -> None:
    assert problem(await box.ask("GET", "/boxes", headers={"x-large": "1" * 40_000})) == (431, "headers-too-large")


@pytest.mark.parametrize("nested", [b"[" * 101 + b"]" * 101, b'{"a":' * 101 + b"1" + b"}" * 101, b"[" * 500_000])
async def test_deep_json_is_refused_before_it_is_parsed(box: Box, nested: bytes) -> None:
    answer = await box.ask("POST", "/boxes", content=b'{"title": "A box", "config": ' + nested + b"}", headers=JSON)
    assert problem(answer) in {(400, "nested-too-deep"), (400, "malformed")}


async def test_the_refusal_of_deep_json_names_the_depth(box: Box) -> None:
    answer = await box.ask("POST", "/boxes", content=b"[" * 200 + b"]" * 200, headers=JSON)
    assert problem(answer) == (400, "nested-too-deep")
    assert str(MAX_DEPTH) in answer.json()["detail"]


async def test_brackets_in_a_text_are_no_nesting(box: Box) -> None:
    answer = await box.ask("POST", "/boxes", json={"title": "[{" * 50 + '\\"' + "[{" * 20})
    assert answer.status_code == 201


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


values = st.recursive(
    st.none() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(values, st.integers(0, 8))
def test_the_depth_of_any_json_is_found(value: Any, limit: int) -> None:
    assert is_deeper(json.dumps(value, ensure_ascii=False).encode(), limit) is (depth_of(value) > limit)


@pytest.mark.parametrize(
    "body", [b'"' * 1_000_000, b"\\" * 1_000_000, b"[]" * 500_000, b"[" * 1_000_000, b'"[' * 500_000]
)
def test_no_body_makes_the_check_itself_slow(body: bytes) -> None:
    before = time.process_time()
    is_deeper(body, MAX_DEPTH)
    assert time.process_time() - before < 2


class Sender(SimpleNamespace):
    """A connection as the server keeps it."""

    def __init__(self, cycle: Any, *, kept_alive: bool = False) -> None:
        transport = SimpleNamespace(abort=lambda: setattr(self, "aborted", True))
        timer = object() if kept_alive else None
        super().__init__(cycle=cycle, timeout_keep_alive_task=timer, transport=transport, aborted=False)

    def __hash__(self) -> int:  # type: ignore[override]  # a connection is one of its own kind
        return id(self)


def cycle(*, more_body: bool = False, complete: bool = False) -> SimpleNamespace:
    return SimpleNamespace(more_body=more_body, response_complete=complete)


@pytest.mark.parametrize(
    ("sender", "late"),
    [
        (Sender(None), True),
        (Sender(cycle(more_body=True)), True),
        (Sender(cycle(complete=True)), True),
        (Sender(cycle(complete=True), kept_alive=True), False),
        (Sender(cycle()), False),
    ],
)
def test_only_who_owes_us_something_is_cut_off(sender: Sender, late: bool) -> None:
    moments = iter([0.0, 29.0, 31.0])
    slow = SlowSenders(30, lambda: next(moments))
    assert [slow.close({sender}) for _ in range(3)] == [0, 0, 1 if late else 0]
    assert sender.aborted is late


def test_the_next_request_has_all_the_time_again() -> None:
    moments = iter([0.0, 20.0, 40.0])
    slow, sender = SlowSenders(30, lambda: next(moments)), Sender(cycle(more_body=True))
    slow.close({sender})
    slow.close({sender})
    sender.cycle = cycle(more_body=True)
    assert slow.close({sender}) == 0


@pytest.fixture
async def served(test_settings: dict[str, Any]) -> AsyncIterator[Address]:
    """The small block behind the real server, which looks for slow senders all the time."""
    port = free_port()
    config = uvicorn.Config(
        create_box_app(test_settings), port=port, log_level="error", ws="none", http=LimitedProtocol
    )
    server, slow = uvicorn.Server(config), SlowSenders(0.3)
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: _has_started(server), within=20)
    watching = asyncio.create_task(_watch(slow, server))
    yield "127.0.0.1", port
    watching.cancel()
    server.should_exit = True
    await serving


async def _has_started(server: uvicorn.Server) -> bool:
    return server.started


async def _watch(slow: SlowSenders, server: uvicorn.Server) -> None:
    while True:
        slow.close(server.server_state.connections)
        await asyncio.sleep(0.05)


async def said(address: Address, *pieces: bytes) -> bytes:
    """What the server answers until it hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    heard = bytearray()
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(10):
            while chunk := await reader.read(65_536):
                heard += chunk
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return bytes(heard)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /boxes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    ],
)
async def test_who_never_finishes_a_request_is_cut_off(served: Address, begun: bytes) -> None:
    assert await said(served, begun) == b""


async def test_who_stops_in_the_middle_of_a_second_request_is_cut_off(served: Address) -> None:
    whole = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await said(served, whole, b"GET /health/live HTTP/1.1\r\nHo")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_head_without_an_end_is_cut_off(served: Address) -> None:
    endless = [b"GET /health/live HTTP/1.1\r\nX-Endless: ", *[b"x" * 16_384] * 64]
    assert await said(served, *endless) == b""


async def test_a_body_that_ends_in_one_large_piece_is_no_endless_head(served: Address) -> None:
    head = b"POST /boxes HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\nConnection: close\r\n\r\n"
    assert (await said(served, head, b"x" * 200_000)).startswith(b"HTTP/1.1 4")
