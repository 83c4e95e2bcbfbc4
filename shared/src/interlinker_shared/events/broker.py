"""NATS JetStream, wrapped once: the stream, publishing, and the version floor. Nothing else imports `nats`."""

from __future__ import annotations

import asyncio
import re

import nats
import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext

from interlinker_shared.events.envelope import SUBJECT_PREFIX

STREAM = "INTERLINK"
OLDEST_SERVER = (2, 10)
DAY = 86_400
KEPT_SECONDS = 90 * DAY
DUPLICATE_WINDOW_SECONDS = 600
ACK_WAIT_SECONDS = 5

NATS_ERRORS = (nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError, asyncio.TimeoutError)

log = structlog.get_logger()


class ForbiddenPublishError(Exception):
    """The server does not let this service publish on that subject."""


class Broker:
    """One connection to NATS, kept for the life of the process; it reconnects by itself for ever."""

    def __init__(self, url: str, name: str) -> None:
        """Nothing is connected yet; `name` shows in the server's connection list."""
        self._url = url
        self._name = name
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._refused: set[str] = set()
        self._last_error = ""
        self.reconnects = 0

    @property
    def connected(self) -> bool:
        """Whether the server can be reached right now."""
        return self._client is not None and self._client.is_connected

    async def connect(self) -> JetStreamContext:
        """Connect, check the server's version and make the stream; raises when the server is away or too old."""
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await self._open()
        return self._client.jetstream(timeout=5)

    async def publish(self, stream: JetStreamContext, subject: str, payload: bytes, message_id: str) -> None:
        """Publish and wait until the stream has stored it. A second message with the same id within 10 minutes is dropped.

        Raises ForbiddenPublishError when the server refuses the subject (it says so only on the side), and NATS_ERRORS.
        """
        try:
            await stream.publish(subject, payload, headers={"Nats-Msg-Id": message_id}, stream=STREAM)
        except TimeoutError as error:
            if subject in self._refused:
                self._refused.discard(subject)
                message = f"This service may not publish on {subject}; see the permissions in deploy/nats.conf."
                raise ForbiddenPublishError(message) from error
            raise

    async def close(self) -> None:
        """Flush and disconnect."""
        if self._client is not None and not self._client.is_closed:
            await self._client.close()

    async def _open(self) -> Client:
        client = await nats.connect(
            self._url,
            name=self._name,
            connect_timeout=2,
            reconnect_time_wait=0.2,
            max_reconnect_attempts=-1,
            error_cb=self._on_error,
            reconnected_cb=self._on_reconnect,
        )
        try:
            _check_version(client)
            await _ensure_stream(client.jetstream(timeout=5))
        except BaseException:
            await client.close()
            raise
        return client

    async def _on_error(self, error: Exception) -> None:
        refused = re.search(r'permissions violation for publish to "([^"]+)"', str(error), re.IGNORECASE)
        if refused:
            self._refused.add(refused.group(1))
        said = str(error) or type(error).__name__
        if said != self._last_error:  # a server that is away says so five times a second
            log.warning("nats error", error=said)
        self._last_error = said

    async def _on_reconnect(self) -> None:
        self.reconnects += 1
        self._last_error = ""
        log.info("nats reconnected")


async def ensure_consumer(
    stream: JetStreamContext, durable: str, subjects: list[str]
) -> JetStreamContext.PullSubscription:
    """Make or update the durable consumer and bind to it."""
    config = ConsumerConfig(
        durable_name=durable,
        filter_subjects=subjects,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,  # we count failures ourselves: a message that waits for an earlier one has not failed
        max_ack_pending=256,
    )
    await stream.add_consumer(STREAM, config)
    return await stream.pull_subscribe_bind(durable=durable, stream=STREAM)


def _check_version(client: Client) -> None:
    version = client.connected_server_version
    if (version.major, version.minor) < OLDEST_SERVER:
        floor = ".".join(map(str, OLDEST_SERVER))
        message = f"nats-server {version.major}.{version.minor} is too old: it drops consumer filters silently. {floor} is needed."
        raise RuntimeError(message)


async def _ensure_stream(stream: JetStreamContext) -> None:
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
