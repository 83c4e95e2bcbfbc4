"""Requests to addresses that other services have announced: only to public ones and to the family's own networks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from interlinker_shared.outgoing import OutgoingPolicy


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP that keeps to a policy. A name is resolved here, and what is connected to is the very address that was judged."""

    def __init__(self, policy: OutgoingPolicy) -> None:
        """No proxy and nothing else is taken from the environment."""
        super().__init__(trust_env=False)
        # httpx hands no way through to this argument of httpcore's pool; a test sees that it still arrives.
        self._pool._network_backend = _GuardedBackend(policy)  # noqa: SLF001 - see above


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, policy: OutgoingPolicy) -> None:
        self._policy = policy
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        refused = httpcore.ConnectError("the address is neither public nor of the family's networks")
        for address in await _resolved(host, port):
            if not self._policy.allows(address):
                continue
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:  # the next address of this name may answer
                refused = error
        raise refused

    async def connect_unix_socket(self, *_arguments: Any, **_more: Any) -> httpcore.AsyncNetworkStream:
        message = "no socket of this machine is announced"
        raise httpcore.ConnectError(message)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def _resolved(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return [str(entry[4][0]) for entry in found]
