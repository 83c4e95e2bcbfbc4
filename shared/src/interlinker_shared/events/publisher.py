"""The publisher: messages of one connection on their way to the stream, many at a time, in the order they were given."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from nats.aio.msg import Msg
from nats.errors import MaxPayloadError
from nats.js.errors import APIError, NoStreamResponseError

from interlinker_shared.events.broker import Connection, ForbiddenPublishError
from interlinker_shared.failpoints import Point, reach
from interlinker_shared.subjects import STREAM

WINDOW = 256
WINDOW_BYTES = 1 << 20
ACK_SECONDS = 5.0


@dataclass(frozen=True)
class Sent:
    """A message that is not acknowledged yet. `at` is in seconds of the monotonic clock."""

    aggregate: str
    subject: str
    size: int
    at: float


class Publisher:
    """Sends over one connection and collects what the stream has stored.

    An acknowledgement is addressed by the number of its row, on an inbox of our own: neither futures nor tokens are
    needed, and messages reach the socket in the order of the calls.
    """

    def __init__(self, connection: Connection, changed: asyncio.Event) -> None:
        """Call `start` before sending; `changed` is set whenever something became of a message."""
        self._client = connection.client
        self._inbox = self._client.new_inbox()
        self._flight: dict[int, Sent] = {}
        self._bytes = 0
        self._error: Exception | None = None
        self.stored: list[tuple[int, float]] = []
        self.refused: list[tuple[Sent, ForbiddenPublishError | MaxPayloadError]] = []
        self._changed = changed
        connection.on_refused.append(self._on_refused)

    async def start(self) -> None:
        """Listen for acknowledgements."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._on_ack)

    @property
    def full(self) -> bool:
        """Whether nothing more should be sent before something is acknowledged."""
        return len(self._flight) >= WINDOW or self._bytes >= WINDOW_BYTES

    def holds(self, number: int) -> bool:
        """Whether message `number` is in flight."""
        return number in self._flight

    async def send(self, number: int, *, aggregate: str, subject: str, payload: bytes, message_id: str) -> None:
        """Send message `number`. The stream drops one whose `message_id` it has stored in the last ten minutes."""
        sent = Sent(aggregate, subject, len(payload), time.monotonic())
        if sent.size > self._client.max_payload:
            self.refused.append((sent, MaxPayloadError()))
            return
        headers = {"Nats-Msg-Id": message_id, "Nats-Expected-Stream": STREAM}
        self._flight[number] = sent
        self._bytes += len(payload)
        await self._client.publish(subject, payload, reply=f"{self._inbox}.{number}", headers=headers)

    def check(self) -> None:
        """Raise what went wrong: an error instead of an acknowledgement, or none for five seconds."""
        if self._error is not None:
            raise self._error
        oldest = next(iter(self._flight.values()), None)
        if oldest is not None and time.monotonic() - oldest.at > ACK_SECONDS:
            message = "the broker does not acknowledge"
            raise TimeoutError(message)

    async def _on_ack(self, message: Msg) -> None:
        number = int(message.subject.rpartition(".")[2])
        try:
            _check_ack(message)
        except (APIError, NoStreamResponseError) as error:
            self._error = self._error or error
            self._forget(number)
        else:
            sent = self._forget(number)
            if sent is not None:
                self.stored.append((number, sent.at))
                reach(Point.PUBLISHED)
        self._changed.set()

    def _on_refused(self, error: ForbiddenPublishError) -> None:
        # The server says only which subject it was: all that is on its way there shares the fate.
        for number in [number for number, sent in self._flight.items() if sent.subject == error.subject]:
            sent = self._forget(number)
            if sent is not None:
                self.refused.append((sent, error))
        self._changed.set()

    def _forget(self, number: int) -> Sent | None:
        sent = self._flight.pop(number, None)
        if sent is not None:
            self._bytes -= sent.size
        return sent


def _check_ack(message: Msg) -> None:
    if message.headers and message.headers.get("Status") == "503":
        raise NoStreamResponseError
    answer = json.loads(message.data)
    if "error" in answer:
        raise APIError.from_error(answer["error"])
