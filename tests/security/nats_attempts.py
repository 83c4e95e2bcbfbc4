"""All that a service must not do on NATS: made from the services that are installed, for each of them against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from interlinker_shared.nats_keys import OPERATOR, Declared
from interlinker_shared.subjects import STREAM, inbox_of

STREAM_CALLS = (
    *("CREATE", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN", "PEER.REMOVE"),
    *("MSG.GET", "MSG.DELETE"),
)
CONSUMER_CALLS = (
    *("CREATE", "DURABLE.CREATE", "DELETE", "PAUSE", "RESUME", "RESET", "UNPIN", "LEADER.STEPDOWN"),
    *("MSG.NEXT", "INFO"),
)
ACCOUNT_CALLS = (
    *("$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.STREAM.CREATE.OTHER"),
    *(f"$JS.API.DIRECT.GET.{STREAM}", f"$JS.API.CONSUMER.NAMES.{STREAM}", f"$JS.API.CONSUMER.LIST.{STREAM}"),
    *(f"$JS.API.CONSUMER.CREATE.{STREAM}", f"$JS.API.STREAM.INFO.{STREAM}", "$JS.API.META.LEADER.STEPDOWN"),
    *("$JS.API.SERVER.REMOVE", "$JS.API.ACCOUNT.PURGE.G", "$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ"),
    *("$KV.bucket.key", "$SRV.PING", "anything", "interlink", "interlink.stranger.asset.closed.v1"),
)
LISTENING = (
    *(">", "*", "interlink.>", "interlink.*.asset.closed.v1", "_INBOX.>", "*.>"),
    *("$JS.>", "$JS.EVENT.ADVISORY.>", "$SYS.>", "$KV.>"),
)


@dataclass(frozen=True)
class Attempt:
    """Something that `user` must not do: publish on `subject`, or else subscribe to it."""

    user: str
    subject: str
    publishes: bool


def attempts(services: Sequence[Declared]) -> list[Attempt]:
    """Every forbidden thing, for each service and the operator."""
    users = [*services, Declared(OPERATOR, records=False)]
    return [attempt for user in users for attempt in _attempts_of(user, services)]


def _attempts_of(user: Declared, services: Sequence[Declared]) -> Iterator[Attempt]:
    allowed = _allowed_to_operator(services) if user.name == OPERATOR else _allowed_to(user)
    for subject in _subjects(services):
        if subject not in allowed:
            yield Attempt(user.name, subject, publishes=True)
    inboxes = (f"{inbox_of(name)}.>" for name in (*(one.name for one in services), OPERATOR) if name != user.name)
    for subject in (*LISTENING, *(f"interlink.{one.name}.>" for one in services), *inboxes):
        yield Attempt(user.name, subject, publishes=False)


def _subjects(services: Sequence[Declared]) -> Iterator[str]:
    """What somebody might publish on, allowed or not."""
    yield from ACCOUNT_CALLS
    yield from (f"$JS.API.STREAM.{call}.{STREAM}" for call in STREAM_CALLS)
    yield f"{inbox_of(OPERATOR)}.guessed"
    for name in (one.name for one in services):
        yield from (f"$JS.API.CONSUMER.{call}.{STREAM}.{name}" for call in CONSUMER_CALLS)
        yield f"$JS.API.CONSUMER.CREATE.{STREAM}.{name}.interlink.{name}.asset.closed.v1"
        yield f"$JS.ACK.{STREAM}.{name}.1.1.1.1.0"
        yield f"interlink.{name}.asset.closed.v1"
        yield f"{inbox_of(name)}.guessed"


def _allowed_to(service: Declared) -> set[str]:
    name = service.name
    consumer = {f"$JS.API.CONSUMER.{call}.{STREAM}.{name}" for call in ("MSG.NEXT", "INFO")}
    consumer.add(f"$JS.ACK.{STREAM}.{name}.1.1.1.1.0")
    return ({f"interlink.{name}.asset.closed.v1"} if service.records else set()) | (
        consumer if service.listens else set()
    )


def _allowed_to_operator(services: Sequence[Declared]) -> set[str]:
    consumers = {f"$JS.API.CONSUMER.CREATE.{STREAM}.{one.name}" for one in services if one.listens}
    return consumers | {f"$JS.API.STREAM.{call}.{STREAM}" for call in ("CREATE", "INFO")}
