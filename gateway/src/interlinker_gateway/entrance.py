"""The front door as the outermost layer: what begins with `/i/` never enters the gateway's own application."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from interlinker_gateway.proxy.front_door import FrontDoor
from interlinker_gateway.proxy.paths import PREFIX
from interlinker_gateway.proxy.tokens import TokenExchange
from interlinker_gateway.registry import Directory
from interlinker_shared.auth import MAX_TOKEN, Principal
from interlinker_shared.compact import typ_of
from interlinker_shared.embed.tokens import BEARER_TYP
from interlinker_shared.errors import ForbiddenError
from interlinker_shared.http.sessions import signed_in
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.state import Kit


class Entrance:
    """Middleware in front of everything else, so that nothing on the way buffers or counts a stream."""

    def __init__(self, app: ASGIApp, *, door: FrontDoor) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Through the door, or into the gateway."""
        if scope["type"] == "http" and scope["raw_path"].startswith(PREFIX):
            await self._door(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def build_door(directory: Directory, kit: Callable[[], Kit], policy: OutgoingPolicy) -> FrontDoor:
    """The door to every Interlinker of the directory; `kit` gives the running service once it runs, `policy` where blocks may be."""

    def mint(who: Principal, audience: str, lifetime: int) -> str:
        return kit().services.citizen(who, audience, lifetime)

    tokens = TokenExchange(
        verify=lambda bearer: _verified(kit(), bearer),
        mint=mint,
        now=time.time,
    )

    async def exchange(bearer: str, audience: str) -> str:
        # A block's own bearer (its page, embedded by way of this door, got it there) is that block's to read, and no secret of ours.
        if len(bearer) <= MAX_TOKEN and typ_of(bearer) == BEARER_TYP:
            return bearer
        return await tokens.exchange(bearer, audience)

    return FrontDoor(
        directory.address,
        exchange,
        lambda scope: _client_of(kit(), scope),
        policy,
        lambda scope: _session(kit(), scope),
    )


async def close_at_end(kit: Kit, closing: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Close what was opened on the way, when the service stops."""
    try:
        await kit.stopping.wait()
    finally:
        for close in closing:
            await close()


async def _session(kit: Kit, scope: Scope) -> str | None:
    found = await signed_in(scope["headers"], scope["method"], kit)
    return found[0] if found is not None else None


async def _verified(kit: Kit, bearer: str) -> tuple[Principal, float]:
    found = await kit.auth.find(bearer)
    if found.principal.service is not None:
        message = "A service speaks with a block itself, and not through the door for people."
        raise ForbiddenError(message)
    return found.principal, found.expires


def _client_of(kit: Kit, scope: Scope) -> str | None:
    """The address that limits go by; that of the peer where it is one of our own machines."""
    peer = scope.get("client")
    return kit.limits.client_of(scope) or (str(peer[0]) if peer else None)
