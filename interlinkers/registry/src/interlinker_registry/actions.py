"""Writes: what an instance, the conformance kit and time itself can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from interlinker_registry import domain, events, store
from interlinker_registry.directory import Heartbeats
from interlinker_registry.domain import (
    Claim,
    Epoch,
    InstanceId,
    KeyKnownError,
    Lease,
    LeaseState,
    NotJoinedError,
    Renewal,
)
from interlinker_registry.models import Badge, BadgeUpdate, Registration
from interlinker_shared.errors import InvalidError, NotFoundError
from interlinker_shared.events import Event, record
from interlinker_shared.manifest import Manifest
from interlinker_shared.services.join import JoinToken
from interlinker_shared.services.key import PublicKey, ServiceName

EVENT_OF_STATE: dict[LeaseState, type[Event]] = {
    LeaseState.SUSPECT: events.InstanceSuspected,
    LeaseState.EXPIRED: events.InstanceExpired,
}


def register_instance(
    session: Session, id: InstanceId, offer: Registration, beats: Heartbeats, *, now: datetime
) -> tuple[Lease, int, bool]:
    """Grant a lease; gives it, its revision, and whether there was none before. The same offer again changes nothing."""
    claim = _claim(id, offer)
    base_url = domain.checked_base_url(offer.base_url)
    found = store.find_lease(session, id, beats)
    held = found[0] if found else None
    lease = domain.register(held, claim, now=now)
    if found and held == replace(lease, heard_at=found[0].heard_at, changed_at=found[0].changed_at):
        row = store.find_instance(session, id)
        if row is not None and (row.base_url, row.version) == (base_url, offer.version):
            return lease, found[1], False
    document = offer.manifest.model_dump(mode="json", exclude_none=True)
    number = store.save_instance(session, lease, base_url=base_url, version=offer.version, manifest=document)
    _update_catalogue(session, offer.manifest, offer.version, now=now)
    _announce(session, events.InstanceRegistered, lease, number, now=now)
    return lease, number, held is None or not held.live


def renew_instance(
    session: Session, id: InstanceId, renewal: Renewal, beats: Heartbeats, *, now: datetime
) -> tuple[Lease, int]:
    """Keep a lease whose state or health changes by it; gives it and its revision."""
    held, _ = store.find_lease(session, id, beats) or (None, 0)
    lease = domain.renew(held, renewal, now=now)
    number = store.save_lease(session, lease)
    if held is not None and held.state is LeaseState.SUSPECT:
        _announce(session, events.InstanceRecovered, lease, number, now=now)
    return lease, number


def deregister_instance(session: Session, id: InstanceId, epoch: Epoch, beats: Heartbeats, *, now: datetime) -> None:
    """Give a lease back. Saying goodbye twice is one goodbye."""
    held, _ = store.find_lease(session, id, beats) or (None, 0)
    gone = domain.release(held, epoch, now=now)
    if gone is not None:
        _announce(session, events.InstanceDeregistered, gone, store.save_lease(session, gone), now=now)


def sweep_leases(session: Session, beats: Heartbeats, *, now: datetime) -> None:
    """Move on every lease that silence has brought further, and forget those that are long gone."""
    known = store.leases(session, beats)
    for lease in domain.sweep(known, now=now):
        number = store.save_lease(session, lease)
        if lease.state in EVENT_OF_STATE:
            _announce(session, EVENT_OF_STATE[lease.state], lease, number, now=now)
    store.forget_joins(session, now)
    store.forget_instances(session, [lease.id for lease in known if domain.is_forgettable(lease, now=now)])


def join(
    session: Session, name: ServiceName, key: PublicKey, token: JoinToken | None, *, now: datetime
) -> tuple[int, bool]:
    """Let `key` be that of `name`, with a join token unless it is already; gives the revision, and whether it is new."""
    held = store.find_key(session, name)
    if held == key:
        return store.keys_revision(session), False
    if token is None and held is not None:
        message = f"{name} is known by another key. It takes a new join token, or an owner who removes that key."
        raise KeyKnownError(message)
    if token is None or token.service != name.service or token.until <= now:
        raise _not_joined()
    if not store.spend_join(session, token.jti, token.until):
        raise _not_joined()
    store.save_key(session, name, key, now=now)
    return store.keys_revision(session), True


def admit(session: Session, name: ServiceName, key: PublicKey, *, now: datetime) -> None:
    """Let the registry's own key be its own: it need not ask itself."""
    if store.find_key(session, name) != key:
        store.save_key(session, name, key, now=now)


def remove_key(session: Session, name: ServiceName) -> None:
    """Let a key be good no more, at once and everywhere; NotFoundError where there is none."""
    if not store.remove_key(session, name):
        raise NotFoundError


def put_badge(session: Session, service: str, found: BadgeUpdate, *, now: datetime) -> Badge:
    """Keep what the conformance kit found about a service of the catalogue."""
    badge = Badge(conformance=found.conformance, checked_at=found.checked_at or now)
    if not store.save_badge(session, service, conformance=badge.conformance, checked_at=badge.checked_at or now):
        raise NotFoundError
    return badge


def _not_joined() -> NotJoinedError:
    return NotJoinedError(
        "This takes a join token for this very service that nobody has used (`interlinker-registry join-token`)."
    )


def _claim(id: InstanceId, offer: Registration) -> Claim:
    if offer.manifest.id != offer.service:
        message = f"The manifest is of {offer.manifest.id}, the instance says it is of {offer.service}."
        raise InvalidError(message, slug="other-service", pointer="/manifest/id")
    ttl = timedelta(seconds=offer.ttl)
    return Claim(id, offer.service, Epoch(offer.epoch), ttl, offer.manifest_digest)


def _update_catalogue(session: Session, manifest: Manifest, version: str, *, now: datetime) -> None:
    texts = [*manifest.name.values(), *manifest.description.values(), *manifest.capabilities]
    capabilities = {("capability", name) for name in manifest.capabilities}
    store.save_entry(
        session,
        manifest.id,
        facets=sorted(capabilities | {("language", tag) for tag in domain.language_facets(manifest.name)}),
        now=now,
        manifest=manifest.model_dump(mode="json", exclude_none=True),
        version=version,
        search="\n".join(texts).casefold(),
    )


def _announce(session: Session, kind: type[Event], lease: Lease, revision: int, *, now: datetime) -> None:
    event = kind.model_validate({"instance": lease.id, "service": lease.service, "revision": revision})
    record(session, event, aggregate=lease.id, now=now)
