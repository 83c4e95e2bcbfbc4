"""The streaming reverse proxy: pure ASGI on aiohttp's client, nothing buffered in either direction."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from interlinker_gateway.proxy.breaker import Breaker
from interlinker_gateway.proxy.headers import Scope, sent_back, sent_on
from interlinker_gateway.proxy.paths import Addressed, EscapingPathError, addressed
from interlinker_shared.errors import ForbiddenError, UnauthorisedError, UnavailableError
from interlinker_shared.outgoing import OutgoingPolicy

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

# aiohttp is loaded with the first request that passes, not at start: 100 ms and 6 MB.

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Resolve: TypeAlias = Callable[[str], tuple[str, str] | None]
Exchange: TypeAlias = Callable[[str, str], Awaitable[str]]
ClientOf: TypeAlias = Callable[[Scope], str | None]
SignedIn: TypeAlias = Callable[[Scope], Awaitable[str | None]]

UNWELL = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Patience:
    """Seconds to wait: for a connection, for the first byte of an answer, for the next byte of either side."""

    connect: float = 1.0
    first_byte: float = 10.0
    idle: float = 30.0


class ClientGoneError(Exception):
    """Who asked has hung up."""


async def _nobody(_scope: Scope) -> str | None:
    return None


@dataclass
class FrontDoor:
    """An ASGI app. `resolve` gives the service behind a name and its address, `exchange` a token for it.

    `client_of` says from which address a request comes: blocks count by that what people without an account do. `policy` says
    where blocks may be.
    `signed_in` gives the token of a session in the caller's cookies; it raises ForbiddenError for a write from elsewhere.
    """

    resolve: Resolve
    exchange: Exchange
    client_of: ClientOf
    policy: OutgoingPolicy
    signed_in: SignedIn = _nobody
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic
    _session: aiohttp.ClientSession | None = None
    _breakers: dict[str, Breaker] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, from the caller to the block and back."""
        try:
            to = addressed(scope["raw_path"])
        except EscapingPathError:
            await refuse(send, 400, "bad-path", "The path of this address is not allowed.")
            return
        found = self.resolve(to.interlinker) if to else None
        if to is None or found is None:
            await refuse(send, 404, "not-found", "There is no such Interlinker.")
            return
        try:
            service, root = found
            authorization = await self._exchanged(scope, service)
        except UnauthorisedError as error:
            await refuse(send, 401, error.kind_slug, error.message, (b"www-authenticate", b"Bearer"))
            return
        except ForbiddenError as error:
            await refuse(send, 403, error.kind_slug, error.message)
            return
        except UnavailableError as error:
            await refuse_later(send, 503, error.message, int(error.retry_after or 1))
            return
        await self._guarded(_Passage(self, scope, receive, send, to, root, authorization))

    async def aclose(self) -> None:
        """Close every connection to the blocks."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def session(self) -> aiohttp.ClientSession:
        """The one client, made on the running loop at first use."""
        import aiohttp  # noqa: PLC0415 - see above

        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=self.patience.connect)
            connector = aiohttp.TCPConnector(
                limit=0, limit_per_host=256, keepalive_timeout=60, socket_factory=self.policy.open_socket
            )
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=jar, timeout=timeout, auto_decompress=False
            )
        return self._session

    async def _exchanged(self, scope: Scope, audience: str) -> str | None:
        """The header for the block, from the caller's own header, else from her session; a caller without either stays one."""
        header = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), None)
        if header is None:
            session = await self.signed_in(scope)
            return f"Bearer {await self.exchange(session, audience)}" if session is not None else None
        kind, _, bearer = header.partition(" ")
        if kind.lower() != "bearer" or not bearer.strip():
            raise UnauthorisedError("The Authorization header must be: Bearer <token>.")
        return f"Bearer {await self.exchange(bearer.strip(), audience)}"

    async def _guarded(self, passage: _Passage) -> None:
        breaker = self._breakers.setdefault(passage.root, Breaker(self.clock))
        ticket = breaker.enter()
        if ticket is None:
            await refuse_later(passage.send, 503, "The service behind this address is failing.", breaker.retry_after())
            return
        failed: bool | None = None
        try:
            failed = await passage.go()
        except ClientGoneError:
            pass
        finally:
            if failed is None:
                breaker.abandon(ticket)
            else:
                breaker.leave(ticket, failed=failed)


@dataclass
class _Passage:
    """One request on its way."""

    door: FrontDoor
    scope: Scope
    receive: Receive
    send: Send
    to: Addressed
    root: str
    authorization: str | None
    started: bool = False
    sent: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False

    async def go(self) -> bool:
        """Whether the block failed; raises ClientGoneError when the caller hung up, which frees the block at once."""
        passing, watching = asyncio.create_task(self._pass()), asyncio.create_task(self._until_gone())
        try:
            await asyncio.wait({passing, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not passing.done():
                raise ClientGoneError
            return await passing
        finally:
            for task in (passing, watching):
                task.cancel()
            await asyncio.gather(passing, watching, return_exceptions=True)

    async def _pass(self) -> bool:
        import aiohttp  # noqa: PLC0415 - see above

        try:
            async with contextlib.AsyncExitStack() as stack:
                answer = await self._ask(stack)
                await self._copy(answer)
                return answer.status in UNWELL
        except TimeoutError:
            await self._refuse(504, "The service behind this address did not answer in time.")
        except aiohttp.ClientError as error:
            if self.gone:
                raise ClientGoneError from error
            await self._refuse(502, "The service behind this address cannot be reached.")
        return True

    async def _refuse(self, status: int, detail: str) -> None:
        """Once the answer has begun nothing is left to say: the server ends the connection, and the caller sees it."""
        if not self.started:
            await refuse_later(self.send, status, detail, 2)

    async def _ask(self, stack: contextlib.AsyncExitStack) -> aiohttp.ClientResponse:
        """The block's answer, its head; aiohttp repeats an idempotent request once when a kept connection was stale."""
        has_body = _has_body(self.scope)
        if not has_body:
            self.sent.set()
        patience = self.door.patience
        async with asyncio.timeout(patience.idle if has_body else patience.first_byte) as deadline:
            context = self.door.session().request(
                self.scope["method"],
                self._url(),
                headers=sent_on(
                    self.scope,
                    prefix=f"/i/{self.to.interlinker}",
                    authorization=self.authorization,
                    client=self.door.client_of(self.scope),
                ),
                data=self._body(deadline) if has_body else None,
                allow_redirects=False,
                skip_auto_headers=("user-agent", "accept", "accept-encoding", "content-type"),
            )
            return await stack.enter_async_context(context)

    def _url(self) -> URL:
        from yarl import URL  # noqa: PLC0415 - see above

        query = self.scope.get("query_string", b"").decode("latin-1")
        return URL(f"{self.root.rstrip('/')}{self.to.rest or '/'}{'?' + query if query else ''}", encoded=True)

    async def _body(self, deadline: asyncio.Timeout) -> AsyncIterator[bytes]:
        """The request's body as it comes in; each piece gives the next one its time."""
        patience, loop = self.door.patience, asyncio.get_running_loop()
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self.gone = True
                raise ClientGoneError
            more = bool(message.get("more_body"))
            deadline.reschedule(loop.time() + (patience.idle if more else patience.first_byte))
            if message.get("body"):
                yield message["body"]
        self.sent.set()

    async def _copy(self, answer: aiohttp.ClientResponse) -> None:
        headers = sent_back(answer.raw_headers)
        self.started = True
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        idle = None if answer.content_type == "text/event-stream" else self.door.patience.idle
        while True:
            async with asyncio.timeout(idle):
                piece = await answer.content.readany()
            if not piece:
                break
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _until_gone(self) -> None:
        await self.sent.wait()
        while (await self.receive())["type"] != "http.disconnect":
            pass


def _has_body(scope: Scope) -> bool:
    names = {name: value for name, value in scope["headers"] if name in {b"content-length", b"transfer-encoding"}}
    return b"transfer-encoding" in names or names.get(b"content-length", b"0") != b"0"


async def refuse_later(send: Send, status: int, detail: str, seconds: int) -> None:
    """A refusal that says when to come back."""
    await refuse(send, status, "unavailable", detail, (b"retry-after", str(seconds).encode()))


async def refuse(send: Send, status: int, slug: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
    """An RFC 9457 problem."""
    body = json.dumps(
        {"type": f"urn:interlinkers:problem:{slug}", "status": status, "title": slug, "detail": detail}
    ).encode()
    head = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})
