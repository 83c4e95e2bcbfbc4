"""The rules of a lease: who may hold it, when silence turns into absence, and which addresses may be announced."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from urllib.parse import SplitResult, urlsplit

from interlinker_shared.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

InstanceId = NewType("InstanceId", str)
Epoch = NewType("Epoch", int)

EXPIRY_TTLS = 3
"""A lease expires after this many TTLs of silence; it is suspect after one."""
GRACE_TTLS = 2
"""After a restart of the registry no lease is suspected before this many TTLs have passed."""
ARCHIVE_AFTER = timedelta(hours=24)
FORGET_AFTER = timedelta(days=30)
HOLD_LIMIT = timedelta(minutes=10)
"""Self-preservation never keeps a silent lease longer than this beyond its normal expiry."""
HOLD_MIN_LEASES = 6
HOLD_SHARE = 1 / 3
BASE_URL_MAX = 500


class LeaseState(StrEnum):
    """Where a lease stands; the order of the members is the order in which silence moves it."""

    PASSING = "passing"
    DRAINING = "draining"
    SUSPECT = "suspect"
    EXPIRED = "expired"
    ARCHIVED = "archived"


class Health(StrEnum):
    """What an instance says about itself when it renews."""

    STARTING = "starting"
    PASSING = "passing"
    WARNING = "warning"
    CRITICAL = "critical"
    DRAINING = "draining"


class Conformance(StrEnum):
    """What the last run of the conformance kit found."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


LIVE = frozenset({LeaseState.PASSING, LeaseState.SUSPECT, LeaseState.DRAINING})
"""States in which a holder still owns its lease; in the others the lease is free to be taken again."""


class UnknownInstanceError(NotFoundError):
    """No lease is held under this id: register (again)."""

    slug = "unknown-instance"


class StaleEpochError(ConflictError):
    """A newer start of the same instance holds the lease."""

    slug = "stale-epoch"


class ManifestChangedError(ConflictError):
    """The manifest differs from the registered one: register again with the new one."""

    slug = "manifest-changed"


class InstanceTakenError(ConflictError):
    """Another service holds a lease under this id."""

    slug = "instance-taken"


class NotJoinedError(ForbiddenError):
    """The join token is none, or is for another service, or was used, or has expired: nothing tells which."""

    slug = "join-token"


class KeyKnownError(ConflictError):
    """This instance is known by another key."""

    slug = "key-known"


@dataclass(frozen=True, slots=True)
class Lease:
    """The part of an instance that time and renewals change.

    `heard_at` is the last sign of life, `changed_at` the moment of the last change of state.
    """

    id: InstanceId
    service: str
    epoch: Epoch
    ttl: timedelta
    manifest_digest: str
    state: LeaseState
    health: Health
    heard_at: datetime
    changed_at: datetime

    @property
    def live(self) -> bool:
        """Whether its holder still owns it."""
        return self.state in LIVE

    @property
    def expires_at(self) -> datetime:
        """When the lease is suspected unless it is renewed before."""
        return self.heard_at + self.ttl


@dataclass(frozen=True, slots=True)
class Claim:
    """What an instance puts forward to get a lease."""

    id: InstanceId
    service: str
    epoch: Epoch
    ttl: timedelta
    manifest_digest: str


@dataclass(frozen=True, slots=True)
class Renewal:
    """What an instance says every few seconds to keep its lease."""

    epoch: Epoch
    health: Health
    manifest_digest: str


def register(held: Lease | None, claim: Claim, *, now: datetime) -> Lease:
    """Grant `claim`, or refuse it when a newer start or another service holds the lease.

    An instance registers when it is ready to serve, so it counts as passing from then on.
    A lease that expired is held by nobody, so a machine whose clock went back can come home.
    """
    if held is not None and held.live:
        _require_owner(held, claim)
        require_current(held, claim.epoch)
    return Lease(
        id=claim.id,
        service=claim.service,
        epoch=claim.epoch,
        ttl=claim.ttl,
        manifest_digest=claim.manifest_digest,
        state=LeaseState.PASSING,
        health=Health.PASSING,
        heard_at=now,
        changed_at=now,
    )


def renew(held: Lease | None, renewal: Renewal, *, now: datetime) -> Lease:
    """Keep a lease alive. An expired lease cannot be renewed, only registered again."""
    if held is None or not held.live or renewal.epoch > held.epoch:
        msg = "No lease is held under this id and epoch. Register the instance again."
        raise UnknownInstanceError(msg)
    require_current(held, renewal.epoch)
    if renewal.manifest_digest != held.manifest_digest:
        msg = "The manifest differs from the registered one. Register again with the new manifest."
        raise ManifestChangedError(msg)
    state = LeaseState.DRAINING if renewal.health is Health.DRAINING else LeaseState.PASSING
    changed_at = held.changed_at if state is held.state else now
    return replace(held, state=state, health=renewal.health, heard_at=now, changed_at=changed_at)


def release(held: Lease | None, epoch: Epoch, *, now: datetime) -> Lease | None:
    """The lease as it is after its holder has gone; None when it had ended already."""
    if held is None or epoch > held.epoch:
        msg = "No lease is held under this id and epoch: there is nothing to give back."
        raise UnknownInstanceError(msg)
    require_current(held, epoch)
    return replace(held, state=LeaseState.ARCHIVED, changed_at=now) if held.live else None


def require_current(held: Lease, epoch: Epoch) -> None:
    """Refuse an older start of the same instance: it must not speak for the newer one."""
    if epoch < held.epoch:
        msg = f"A newer start of this instance holds the lease (epoch {held.epoch}, yours is {epoch})."
        raise StaleEpochError(msg)


def _require_owner(held: Lease, claim: Claim) -> None:
    if held.service != claim.service:
        msg = f"Another service holds the lease of instance {claim.id}."
        raise InstanceTakenError(msg)


def last_heard(persisted: datetime, beat: datetime | None, *, ttl: timedelta, restarted_at: datetime) -> datetime:
    """When an instance last gave a sign of life, as far as this process can know.

    Renewals live in memory only, so after a restart silence proves nothing yet: a lease from before counts
    as heard in a way that lets no suspicion fall before `GRACE_TTLS` have passed.
    """
    if beat is not None:
        return max(beat, persisted)
    if persisted >= restarted_at:
        return persisted
    return restarted_at + (GRACE_TTLS - 1) * ttl


def sweep(leases: Iterable[Lease], *, now: datetime) -> Iterator[Lease]:
    """Yield every lease that time alone has moved on, in its new state."""
    known = tuple(leases)
    holding = is_storm(known, now=now)
    for lease in known:
        state = state_at(lease, now=now, holding=holding)
        if state is not lease.state:
            yield replace(lease, state=state, changed_at=now)


def state_at(lease: Lease, *, now: datetime, holding: bool = False) -> LeaseState:
    """The state that silence alone has brought `lease` to; it never leads back."""
    if lease.state is LeaseState.ARCHIVED:
        return lease.state
    if lease.state is LeaseState.EXPIRED:
        return LeaseState.ARCHIVED if now - lease.changed_at >= ARCHIVE_AFTER else lease.state
    silence = now - lease.heard_at
    if silence >= expiry_of(lease, holding=holding):
        return LeaseState.EXPIRED
    if silence >= lease.ttl and lease.state is LeaseState.PASSING:
        return LeaseState.SUSPECT
    return lease.state


def expiry_of(lease: Lease, *, holding: bool) -> timedelta:
    """How long `lease` may be silent before it expires: one TTL when it said it would go, three otherwise."""
    if lease.state is LeaseState.DRAINING:
        return lease.ttl
    return EXPIRY_TTLS * lease.ttl + (HOLD_LIMIT if holding else timedelta())


def is_storm(leases: Iterable[Lease], *, now: datetime) -> bool:
    """Whether so many instances fell silent at once that the fault is likelier ours than theirs.

    Computed from the leases as they are now, never from a counter; instances that said goodbye do not count.
    """
    held = [lease for lease in leases if lease.live and lease.state is not LeaseState.DRAINING]
    silent = sum(now - lease.heard_at >= lease.ttl for lease in held)
    return len(held) >= HOLD_MIN_LEASES and silent > HOLD_SHARE * len(held)


def is_forgettable(lease: Lease, *, now: datetime) -> bool:
    """Whether an archived lease has been kept for long enough."""
    return lease.state is LeaseState.ARCHIVED and now - lease.changed_at >= FORGET_AFTER


def language_facets(texts: Iterable[str]) -> set[str]:
    """The languages that language tags stand for, each with its base: `es-AR` speaks `es` too."""
    tags = {tag.casefold() for tag in texts}
    return tags | {tag.partition("-")[0] for tag in tags}


def checked_base_url(url: str) -> str:
    """Return `url` without a trailing slash, or refuse an address nobody should be sent to.

    Consumers send requests to what stands here, so it must not lead to a cloud's metadata service (SSRF).
    """
    parts = _split(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused("An absolute http or https address is needed.")
    if parts.username is not None or parts.password is not None:
        raise _refused("The address must not carry credentials.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise _refused("The address must not carry a query or a fragment.")
    if _is_forbidden(parts.hostname):
        raise _refused("This address is never one of a service: metadata, link-local, multicast or unspecified.")
    return parts.geturl().rstrip("/")


_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})
_METADATA_ADDRESSES = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "192.0.0.192", "fd00:ec2::254")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _split(url: str) -> SplitResult:
    if len(url) > BASE_URL_MAX:
        raise _refused(f"The address is longer than {BASE_URL_MAX} characters.")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _refused("The address holds characters that do not belong into one.")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _refused("This is not an address.") from error
    return parts


def _is_forbidden(host: str) -> bool:
    name = host.rstrip(".").casefold()
    if name in _METADATA_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return _is_disguised_number(name)
    if isinstance(address, ipaddress.IPv6Address):
        address = _inner_address(address)
    odd = address.is_link_local or address.is_multicast or address.is_unspecified
    return odd or address in _METADATA_ADDRESSES


def _inner_address(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, or through NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_disguised_number(name: str) -> bool:
    """Whether some resolvers would read `name` as a number: `2852039166`, `0xa9.254.43518`."""
    last = name.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _refused(message: str) -> InvalidError:
    return InvalidError(message, slug="base-url", pointer="/base_url")
