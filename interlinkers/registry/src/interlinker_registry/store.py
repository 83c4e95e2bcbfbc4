"""Tables and queries of the directory and the catalogue: the only module that writes SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Select, String, Text, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from interlinker_registry.directory import CHANGED, KEYS_CHANGED, Heartbeats
from interlinker_registry.domain import LIVE, Conformance, Epoch, Health, InstanceId, Lease, LeaseState
from interlinker_shared.db import JsonText, UtcDateTime, signal
from interlinker_shared.db.versions import concerns
from interlinker_shared.errors import ConflictError
from interlinker_shared.http import Cursor
from interlinker_shared.http.paging import bad_cursor
from interlinker_shared.services.key import PublicKey, ServiceName
from interlinker_shared.services.keyring import KeySet

CATALOGUE = "catalogue"
"""The tag of all that the catalogue shows, where its services run included."""
OF_DIRECTORY, OF_KEYS = 1, 2  # rows of `revision`


class Base(DeclarativeBase):
    """Base of the registry's tables."""


class RevisionRow(Base):
    """Two rows: how often what readers of the directory see has changed, and how often the keys of services have."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class KeyRow(Base):
    """The key that an instance of a service signs with."""

    __tablename__ = "service_keys"

    service: Mapped[str] = mapped_column(String(40), primary_key=True)
    instance: Mapped[str] = mapped_column(String(40), primary_key=True)
    x: Mapped[str] = mapped_column(String(43), unique=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SpentJoinRow(Base):
    """A join token that was used, until it expires by itself."""

    __tablename__ = "spent_joins"

    jti: Mapped[str] = mapped_column(String(100), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class InstanceRow(Base):
    """An instance as it last changed; renewals that change nothing stay in memory."""

    __tablename__ = "instances"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    service: Mapped[str] = mapped_column(String(40), index=True)
    base_url: Mapped[str] = mapped_column(String(500))
    epoch: Mapped[int] = mapped_column(BigInteger)
    ttl: Mapped[int]
    version: Mapped[str] = mapped_column(String(200))
    manifest: Mapped[dict[str, Any]] = mapped_column(JsonText)
    manifest_digest: Mapped[str] = mapped_column(String(71))
    state: Mapped[str] = mapped_column(String(16), index=True)
    health: Mapped[str] = mapped_column(String(16))
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(BigInteger)


class EntryRow(Base):
    """What the catalogue says about a service, made from its manifest and kept when its instances are gone."""

    __tablename__ = "entries"

    service: Mapped[str] = mapped_column(String(40), primary_key=True)
    manifest: Mapped[dict[str, Any]] = mapped_column(JsonText)
    version: Mapped[str] = mapped_column(String(200))
    search: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    conformance: Mapped[str] = mapped_column(String(16), default=Conformance.UNKNOWN.value)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FacetRow(Base):
    """One value that an entry can be found by: a capability or a language."""

    __tablename__ = "facets"

    service: Mapped[str] = mapped_column(ForeignKey(EntryRow.service), primary_key=True)
    facet: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


_lease_columns = select(
    InstanceRow.id,
    InstanceRow.service,
    InstanceRow.epoch,
    InstanceRow.ttl,
    InstanceRow.manifest_digest,
    InstanceRow.state,
    InstanceRow.health,
    InstanceRow.heard_at,
    InstanceRow.changed_at,
    InstanceRow.revision,
)
_next_revision = (
    update(RevisionRow)
    .where(RevisionRow.id == OF_DIRECTORY)
    .values(value=RevisionRow.value + 1)
    .returning(RevisionRow.value)
)
_keys = select(KeyRow.service, KeyRow.instance, KeyRow.x).order_by(KeyRow.service, KeyRow.instance)
_instances = select(InstanceRow.__table__).order_by(InstanceRow.service, InstanceRow.id)


def revision(session: Session) -> int:
    """The number of the last change."""
    return session.execute(select(RevisionRow.value).where(RevisionRow.id == OF_DIRECTORY)).scalar_one()


def next_revision(session: Session) -> int:
    """Count a change; those who wait are woken by the commit that holds it."""
    signal(session, CHANGED)
    concerns(session, CATALOGUE)
    return session.execute(_next_revision).scalar_one()


def find_lease(session: Session, id: InstanceId, beats: Heartbeats) -> tuple[Lease, int] | None:
    """The lease held under `id`, in whatever state, and its revision."""
    row = session.execute(_lease_columns.where(InstanceRow.id == id)).first()
    return None if row is None else (_lease(row, beats), row.revision)


def leases(session: Session, beats: Heartbeats) -> list[Lease]:
    """Every lease that is kept, in whatever state."""
    return [_lease(row, beats) for row in session.execute(_lease_columns)]


def forget_future(session: Session, now: datetime) -> None:
    """Let nobody have been heard later than now."""
    session.execute(update(InstanceRow).where(InstanceRow.heard_at > now).values(heard_at=now))


def save_lease(session: Session, lease: Lease) -> int:
    """Write what changed in a lease; gives the revision that shows it."""
    number = next_revision(session)
    changed = {
        "state": lease.state.value,
        "health": lease.health.value,
        "heard_at": lease.heard_at,
        "changed_at": lease.changed_at,
        "revision": number,
    }
    session.execute(update(InstanceRow).where(InstanceRow.id == lease.id).values(changed))
    return number


def save_instance(session: Session, lease: Lease, **offered: Any) -> int:
    """Write an instance with a new lease; `offered` are its base_url, version and manifest."""
    number = next_revision(session)
    row = {
        "id": lease.id,
        "service": lease.service,
        "epoch": lease.epoch,
        "ttl": int(lease.ttl.total_seconds()),
        "manifest_digest": lease.manifest_digest,
        "state": lease.state.value,
        "health": lease.health.value,
        "heard_at": lease.heard_at,
        "changed_at": lease.changed_at,
        "revision": number,
        **offered,
    }
    session.merge(InstanceRow(**row))
    session.flush()
    return number


def forget_instances(session: Session, ids: Sequence[InstanceId]) -> None:
    """Delete instances that nobody asks about any more, and their keys: who comes back joins anew."""
    concerns(session, CATALOGUE)
    for row in session.execute(select(InstanceRow.id, InstanceRow.service).where(InstanceRow.id.in_(ids))).all():
        remove_key(session, ServiceName(row.service, row.id.removeprefix(f"{row.service}-")))
    session.execute(delete(InstanceRow).where(InstanceRow.id.in_(ids)))


def keys(session: Session) -> KeySet:
    """All keys, and the revision they are of."""
    rows = session.execute(_keys).all()
    number = session.execute(select(RevisionRow.value).where(RevisionRow.id == OF_KEYS)).scalar_one()
    return KeySet.of([(ServiceName(row.service, row.instance), PublicKey(row.x)) for row in rows], number)


def keys_revision(session: Session) -> int:
    """The number of the last change to the keys."""
    return session.execute(select(RevisionRow.value).where(RevisionRow.id == OF_KEYS)).scalar_one()


def find_key(session: Session, name: ServiceName) -> PublicKey | None:
    """The key of one instance."""
    where = (KeyRow.service == name.service, KeyRow.instance == name.instance)
    x = session.execute(select(KeyRow.x).where(*where)).scalar()
    return None if x is None else PublicKey(x)


def save_key(session: Session, name: ServiceName, key: PublicKey, *, now: datetime) -> None:
    """Let a key be that of an instance, in place of another if need be. ConflictError for the key of somebody else."""
    _count_keys(session)
    session.merge(KeyRow(service=name.service, instance=name.instance, x=key.x, joined_at=now))
    try:
        session.flush()
    except IntegrityError as error:
        message = "Another service has this very key. Each needs one of its own."
        raise ConflictError(message, slug="key-taken") from error


def remove_key(session: Session, name: ServiceName) -> bool:
    """Let the key of an instance be good no more; False where it has none."""
    where = (KeyRow.service == name.service, KeyRow.instance == name.instance)
    removed = session.connection().execute(delete(KeyRow).where(*where)).rowcount == 1
    if removed:
        _count_keys(session)
    return removed


def spend_join(session: Session, jti: str, until: datetime) -> bool:
    """Use up a join token; False for one that was used before."""
    if session.get(SpentJoinRow, jti) is not None:
        return False
    session.add(SpentJoinRow(jti=jti, until=until))
    session.flush()
    return True


def forget_joins(session: Session, now: datetime) -> None:
    """Delete used join tokens that have expired: they would be refused for that."""
    session.execute(delete(SpentJoinRow).where(SpentJoinRow.until < now))


def _count_keys(session: Session) -> None:
    signal(session, KEYS_CHANGED)
    session.execute(update(RevisionRow).where(RevisionRow.id == OF_KEYS).values(value=RevisionRow.value + 1))


def find_instance(session: Session, id: InstanceId) -> Any | None:
    """One instance with everything about it."""
    return session.execute(_instances.where(InstanceRow.id == id)).first()


def list_instances(session: Session, *, service: str | None, state: LeaseState | None) -> Sequence[Any]:
    """Instances by service; archived ones only when they are asked for."""
    query = _instances.where(InstanceRow.state == state if state else InstanceRow.state != LeaseState.ARCHIVED.value)
    if service is not None:
        query = query.where(InstanceRow.service == service)
    return session.execute(query).all()


def live_instances(session: Session, services: Iterable[str]) -> Sequence[Any]:
    """The instances of some services that hold their lease."""
    concerns(session, CATALOGUE)
    where = (InstanceRow.service.in_(list(services)), InstanceRow.state.in_([state.value for state in LIVE]))
    return session.execute(_instances.where(*where)).all()


def save_entry(
    session: Session, service: str, *, facets: Sequence[tuple[str, str]], now: datetime, **said: Any
) -> None:
    """Write what the catalogue says about a service; `said` are its manifest, version and searchable text."""
    concerns(session, CATALOGUE)
    row = session.get(EntryRow, service) or EntryRow(service=service, registered_at=now)
    for name, value in said.items():
        setattr(row, name, value)
    row.updated_at = now
    session.add(row)
    session.flush()
    session.execute(delete(FacetRow).where(FacetRow.service == service))
    if facets:
        session.execute(
            insert(FacetRow), [{"service": service, "facet": facet, "value": value} for facet, value in facets]
        )


def save_badge(session: Session, service: str, *, conformance: Conformance, checked_at: datetime) -> bool:
    """Write what the conformance kit found; False when the catalogue has no such service."""
    concerns(session, CATALOGUE)
    change = update(EntryRow).where(EntryRow.service == service)
    values = {"conformance": conformance.value, "checked_at": checked_at}
    return session.connection().execute(change.values(values)).rowcount == 1


def find_entry(session: Session, service: str) -> Any | None:
    """One entry of the catalogue."""
    concerns(session, CATALOGUE)
    return session.execute(select(EntryRow.__table__).where(EntryRow.service == service)).first()


def list_entries(
    session: Session, *, words: Sequence[str], facets: Sequence[tuple[str, str]], limit: int, cursor: Cursor | None
) -> Sequence[Any]:
    """Up to `limit + 1` entries that hold all `words` (folded) and all `facets`, by service."""
    concerns(session, CATALOGUE)
    query: Select[Any] = select(EntryRow.__table__).order_by(EntryRow.service)
    for word in words:
        query = query.where(EntryRow.search.contains(word, autoescape=True))
    for facet, value in facets:
        with_it = select(FacetRow.service).where(FacetRow.facet == facet, FacetRow.value == value)
        query = query.where(EntryRow.service.in_(with_it))
    if cursor is not None:
        query = query.where(EntryRow.service > _last_service(cursor))
    return session.execute(query.limit(limit + 1)).all()


def _last_service(cursor: Cursor) -> str:
    if len(cursor) != 1 or not isinstance(cursor[0], str):
        raise bad_cursor()
    return cursor[0]


def _lease(row: Any, beats: Heartbeats) -> Lease:
    ttl = timedelta(seconds=row.ttl)
    return Lease(
        id=InstanceId(row.id),
        service=row.service,
        epoch=Epoch(row.epoch),
        ttl=ttl,
        manifest_digest=row.manifest_digest,
        state=LeaseState(row.state),
        health=Health(row.health),
        heard_at=beats.heard_at(row.id, row.heard_at, ttl),
        changed_at=row.changed_at,
    )
