"""Sending one message to a receiver: signed, bounded in time and size, and what became of it in a few words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from uuid import UUID

import aiohttp

from interlinker_shared import trace
from interlinker_shared.events.envelope import Envelope, event_type
from interlinker_shared.ids import new_id
from interlinker_shared.outgoing import ForbiddenAddressError, OutgoingPolicy, open_client
from interlinker_shared.webhooks.models import PingOutcome
from interlinker_shared.webhooks.signing import signed_headers
from interlinker_shared.webhooks.store import Target

SECONDS = 15.0  # for a whole exchange; a receiver should store the message and answer, and work later
CONNECTIONS = 32
READ_BYTES = 4096  # of an answer, so that a short one leaves its connection usable; the rest is not read
PINGED = "webhook.pinged.v1"
UNSIGNED = "its secret was sealed with one that this service has not any more: rotate it"
LONGEST_WAIT = 6 * 3600.0  # that a Retry-After can ask for, in seconds
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 422, 500})  # the receiver is there, but cannot take this one

REASONS: dict[type[Exception], str] = {
    aiohttp.InvalidURL: "the address is not valid",
    aiohttp.ClientConnectorDNSError: "the name does not resolve",
    aiohttp.ClientConnectorCertificateError: "no valid certificate",
    aiohttp.ClientSSLError: "no valid TLS",
    aiohttp.ClientConnectorError: "could not connect",
    aiohttp.ClientResponseError: "no HTTP in the answer",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one try: `status` is what was answered, if anything was; `wait` what the receiver asked for, in seconds."""

    status: int | None
    reason: str
    seconds: float
    wait: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no message any more."""
        return self.status == HTTPStatus.GONE

    @property
    def only_this(self) -> bool:
        """Whether the failure says something about this message, and nothing about others."""
        return self.status in ABOUT_THE_MESSAGE


class Sender:
    """Sends messages of one service; close it."""

    def __init__(
        self,
        service: str,
        policy: OutgoingPolicy,
        *,
        seconds: float = SECONDS,
        resolver: aiohttp.abc.AbstractResolver | None = None,
    ) -> None:
        """Nothing is connected yet; an exchange may take `seconds`. Call it on the loop that will send."""
        self._policy = policy
        self._seconds = seconds
        self._client = open_client(policy, seconds=seconds, connections=CONNECTIONS, resolver=resolver)
        self._agent = f"interlinker-{service}"

    async def send(self, target: Target, event_id: UUID, envelope: str, *, now: datetime) -> Outcome:
        """Send the CloudEvent `envelope` exactly as it is; never raises for what the receiver or the network does."""
        flaw = self._policy.flaw_of(target.url)
        if flaw is not None:  # the settings have become stricter since
            return Outcome(None, f"the address {flaw}", 0.0)
        body, secrets = envelope.encode(), target.secrets(now)
        if not secrets:
            return Outcome(None, UNSIGNED, 0.0)
        headers = signed_headers(secrets, str(event_id), body, now)
        began = time.perf_counter()
        try:
            with trace.sending(trace.Kind.CLIENT, "send to webhook", envelope):
                status, wait = await self._post(target.url, body, headers, now)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return Outcome(None, self._reason(error), time.perf_counter() - began)
        return Outcome(status, f"answered {status}", time.perf_counter() - began, wait)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    async def _post(self, url: str, body: bytes, headers: dict[str, str], now: datetime) -> tuple[int, float | None]:
        all_headers = headers | {"content-type": CONTENT_TYPE, "user-agent": self._agent, "accept": "*/*"}
        async with self._client.post(url, data=body, headers=all_headers, allow_redirects=False) as answer:
            await _read_a_little(answer)
            return answer.status, wait_of(answer.headers.get("retry-after"), now)

    def _reason(self, error: BaseException) -> str:
        # Our own few words: an exception's text may hold the address, and an address may hold a key.
        if _is_forbidden(error):
            return "the address is not public"
        if isinstance(error, TimeoutError):
            return f"no answer within {self._seconds:g} seconds"
        for kind, words in REASONS.items():
            if isinstance(error, kind):
                return words
        return "the connection broke"


async def ping(target: Target, *, service: str, source: str, policy: OutgoingPolicy, now: datetime) -> PingOutcome:
    """Send a message that is about nothing, to see whether the receiver takes it."""
    envelope = Envelope(
        id=new_id(),
        source=source,
        type=event_type(service, PINGED),
        subject=str(target.id),
        time=now,
        aggseq=0,
        data={"webhook": str(target.id)},
    )
    sender = Sender(service, policy)
    try:
        text = envelope.model_dump_json(exclude_none=True)
        outcome = await sender.send(target, envelope.id, text, now=now)
    finally:
        await sender.close()
    return PingOutcome(
        event_id=envelope.id,
        delivered=outcome.delivered,
        status=outcome.status,
        reason=outcome.reason,
        milliseconds=round(outcome.seconds * 1000),
    )


def wait_of(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header (RFC 9110, section 10.2.3) asks for, bounded; None when it is missing or senseless."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return min(float(retry_after[:12]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(retry_after)
        return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)
    except (ValueError, TypeError):
        return None


async def _read_a_little(answer: aiohttp.ClientResponse) -> None:
    left = READ_BYTES
    while left > 0 and (chunk := await answer.content.read(left)):
        left -= len(chunk)
    if left <= 0:
        answer.close()  # too much to read: the connection goes with it


def _is_forbidden(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ForbiddenAddressError):
            return True
        error = error.__cause__
    return False
