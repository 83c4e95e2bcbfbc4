"""NATS JetStream, wrapped once: the stream, connections that are never mended, and the version floor."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext

from interlinker_shared.events.signing import SigningClient
from interlinker_shared.nkey import Identity
from interlinker_shared.subjects import STREAM, SUBJECT_PREFIX

OLDEST_SERVER = (2, 10)
DAY = 86_400
KEPT_SECONDS = 90 * DAY
DUPLICATE_WINDOW_SECONDS = 600
ACK_WAIT_SECONDS = 5
MAX_ACK_PENDING = 1024
PING_SECONDS = 10
CLOSE_SECONDS = 1.0
SETUP_SECONDS = 2.0  # a request to a server that is still recovering its streams gets no answer at all
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
LASTED_SECONDS = 1.0  # a connection that lasted so long was a good one

NATS_ERRORS = (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError, asyncio.TimeoutError)

log = structlog.get_logger()


class ForbiddenPublishError(Exception):
    """The server does not let this service publish on `subject`."""

    def __init__(self, subject: str) -> None:
        """Name the subject, and where permissions are written down."""
        super().__init__(f"This service may not publish on {subject}; see the permissions in deploy/nats.conf.")
        self.subject = subject


class ServerTooOldError(nats.errors.Error):
    """The server is older than what loses nothing; in a cluster another one may be new enough."""


class NotPreparedError(nats.errors.Error):
    """The operator has not made the consumer that this service needs."""

    def __init__(self, durable: str, why: str) -> None:
        """Say what is missing, and who mends it."""
        super().__init__(f"The consumer {durable} {why}: run `interlinkers nats-keys` and `interlinkers nats-prepare`.")


class Connection:
    """One connection to one server. When it breaks, what it had buffered goes with it, and a new one must be opened.

    So within a connection the server receives what was sent in the order it was sent, or a beginning of it.
    """

    def __init__(self, name: str, identity: Identity | None = None) -> None:
        """Nothing is connected yet. Without `identity` the server must let everybody in."""
        self.client = Client() if identity is None else SigningClient(identity.key)
        self._identity = identity
        self.on_refused: list[Callable[[ForbiddenPublishError], None]] = []
        self._name = name
        self._broken = asyncio.Event()
        self._last_error = ""

    @property
    def open(self) -> bool:
        """Whether the server can be reached through it."""
        return self.client.is_connected

    async def connect(self, url: str) -> None:
        """Connect, check the server's version and, where anybody may, make the stream; raises NATS_ERRORS."""
        proof: dict[str, Any] = {}
        if self._identity is not None:
            proof = {"nkeys_seed_str": "ours", "inbox_prefix": self._identity.inbox}
        await self.client.connect(
            url.split(","),
            name=self._name,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # even so the library would try for two minutes to connect the first time
            reconnect_time_wait=0,
            connect_timeout=2,
            ping_interval=PING_SECONDS,
            error_cb=self._on_error,
            closed_cb=self._on_closed,
            **proof,
        )
        check_version(self.client)
        if self._identity is None:
            await ensure_stream(self.jetstream())

    def jetstream(self) -> JetStreamContext:
        """What asks for streams and consumers."""
        return self.client.jetstream(timeout=SETUP_SECONDS)

    async def need_consumer(self, durable: str, subjects: list[str]) -> None:
        """Make or update the durable consumer or, where only the operator may, see that it is there; raises NATS_ERRORS."""
        if self._identity is None:
            await ensure_consumer(self.jetstream(), durable, subjects)
        else:
            await _check_consumer(self.jetstream(), durable, subjects)

    async def while_open(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` for as long as the connection holds; raises what it raises, or ConnectionClosedError."""
        doing, broken = asyncio.create_task(work), asyncio.create_task(self._broken.wait())
        try:
            await asyncio.wait({doing, broken}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                await doing
            else:
                raise nats.errors.ConnectionClosedError
        finally:
            for task in (doing, broken):
                task.cancel()
            await asyncio.gather(doing, broken, return_exceptions=True)

    async def close(self) -> None:
        """Disconnect; a server that does not answer is not waited for."""
        with contextlib.suppress(*NATS_ERRORS):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.client.close()

    async def _on_error(self, error: Exception) -> None:
        refused = re.search(r'permissions violation for publish to "([^"]+)"', str(error), re.IGNORECASE)
        if refused and self.on_refused:
            for listener in self.on_refused:
                listener(ForbiddenPublishError(refused.group(1)))
            return
        said = str(error) or type(error).__name__
        if said != self._last_error:
            log.info("nats error", connection=self._name, error=said)
        self._last_error = said

    async def _on_closed(self) -> None:
        self._broken.set()


class Broker:
    """Opens connections to NATS for one service, and knows whether the server can be reached."""

    def __init__(self, url: str, name: str, identity: Identity | None = None) -> None:
        """`url` may name several servers of a cluster, separated by commas; `name` shows in their lists."""
        self._url = url
        self._name = name
        self._identity = identity
        self._connections: set[Connection] = set()
        self._wanted = 0

    @property
    def connected(self) -> bool:
        """Whether the server can be reached right now; a replica that does not want it, because another leads, misses nothing."""
        return not self._wanted or any(connection.open for connection in self._connections)

    @contextlib.asynccontextmanager
    async def open(self, purpose: str) -> AsyncIterator[Connection]:
        """A connection of one's own; raises NATS_ERRORS when no server can be reached or the one found is too old."""
        connection = Connection(f"{self._name}-{purpose}", self._identity)
        self._connections.add(connection)
        try:
            await connection.connect(self._url)
            yield connection
        finally:
            self._connections.discard(connection)
            await connection.close()

    async def keep_doing(self, purpose: str, work: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
        """Do `work` over one connection after another until cancelled, with a pause that grows while it fails."""
        self._wanted += 1
        try:
            await self._keep_doing(purpose, work)
        finally:
            self._wanted -= 1

    async def close(self) -> None:
        """Disconnect from wherever."""
        await asyncio.gather(*(connection.close() for connection in tuple(self._connections)))

    async def _keep_doing(self, purpose: str, work: Callable[[Connection], Coroutine[Any, Any, None]]) -> None:
        pause, said = FIRST_PAUSE, ""
        while True:
            began = time.monotonic()
            try:
                async with self.open(purpose) as connection:
                    await connection.while_open(work(connection))
            except NATS_ERRORS as error:
                if time.monotonic() - began > LASTED_SECONDS:
                    pause, said = FIRST_PAUSE, ""
                reason = str(error) or type(error).__name__
                if reason != said:  # a server that is away would say so every few seconds
                    log.warning("nats is away", connection=f"{self._name}-{purpose}", reason=reason)
                said = reason
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing
            pause = min(pause * 2, LONGEST_PAUSE)


async def ensure_consumer(stream: JetStreamContext, durable: str, subjects: list[str]) -> None:
    """Make or update the durable consumer."""
    config = ConsumerConfig(
        name=durable,
        durable_name=durable,
        filter_subjects=subjects,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,  # a process that dies is no failure of the event; failures are counted in our own table
        max_ack_pending=MAX_ACK_PENDING,
    )
    await stream.add_consumer(STREAM, config)


def check_version(client: Client) -> None:
    """Raise ServerTooOldError when the server is below the floor."""
    version = client.connected_server_version
    if (version.major, version.minor) < OLDEST_SERVER:
        floor = ".".join(map(str, OLDEST_SERVER))
        message = f"nats-server {version.major}.{version.minor} is too old: it drops consumer filters silently. {floor} is needed."
        raise ServerTooOldError(message)


async def ensure_stream(stream: JetStreamContext) -> None:
    """Make the stream unless it is there."""
    config = StreamConfig(
        name=STREAM,
        subjects=[f"{SUBJECT_PREFIX}>"],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=KEPT_SECONDS,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        deny_delete=True,
        deny_purge=True,
        allow_direct=True,
    )
    try:
        await stream.stream_info(STREAM)
    except nats.js.errors.NotFoundError:
        await stream.add_stream(config)


async def _check_consumer(stream: JetStreamContext, durable: str, subjects: list[str]) -> None:
    try:
        config = (await stream.consumer_info(STREAM, durable)).config
    except nats.js.errors.NotFoundError as error:
        raise NotPreparedError(durable, "is not there") from error
    lacking = set(subjects) - {*(config.filter_subjects or ()), config.filter_subject}
    if lacking:
        raise NotPreparedError(durable, f"does not take {', '.join(sorted(lacking))}")
