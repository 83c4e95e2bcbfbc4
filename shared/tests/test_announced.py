"""Addresses that services announce: the family's networks and public ones, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from interlinker_shared.announced import GuardedTransport
from interlinker_shared.outgoing import OutgoingPolicy, parse_networks
from interlinker_shared.settings import ServiceSettings

OURS = OutgoingPolicy(parse_networks("127.0.0.0/8, ::1/128"), http=True)
NOBODY = OutgoingPolicy(http=True)


@pytest.fixture
async def heard() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on this machine that answers, and what was asked of it."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"localhost:{server.sockets[0].getsockname()[1]}", asked


async def get(policy: OutgoingPolicy, url: str) -> str:
    async with httpx.AsyncClient(transport=GuardedTransport(policy), timeout=5) as client:
        return (await client.get(url)).text


async def test_a_service_in_our_networks_is_called_by_its_name(heard: tuple[str, list[bytes]]) -> None:
    address, asked = heard
    assert await get(OURS, f"http://{address}/x") == "ok"
    assert f"host: {address}".encode() in asked[0].lower()


async def test_a_name_that_leads_elsewhere_is_never_connected_to(heard: tuple[str, list[bytes]]) -> None:
    address, asked = heard
    with pytest.raises(httpx.ConnectError, match="neither public"):
        await get(NOBODY, f"http://{address}/x")
    assert asked == []


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "[::ffff:169.254.169.254]", "2852039166", "[fe80::1]"])
async def test_the_metadata_of_a_cloud_is_no_service(host: str) -> None:
    policy = OutgoingPolicy.family(ServiceSettings())
    with pytest.raises(httpx.ConnectError):
        await get(policy, f"http://{host}/latest/meta-data")


async def test_a_name_that_leads_nowhere_is_no_connection() -> None:
    with pytest.raises(httpx.ConnectError):
        await get(OURS, "http://nowhere.invalid/")
