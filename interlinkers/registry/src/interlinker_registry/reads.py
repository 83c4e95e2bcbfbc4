"""Queries as wire models: the directory and the catalogue as readers see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from interlinker_registry import store
from interlinker_registry.directory import Heartbeats
from interlinker_registry.domain import InstanceId, LeaseState, UnknownInstanceError
from interlinker_registry.models import Badge, Entry, EntryInstance, Instance, InstanceList
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Cursor, Listing, listing

MAX_WORDS = 8


def list_instances(
    session: Session, beats: Heartbeats, *, service: str | None, capability: str | None, state: LeaseState | None
) -> InstanceList:
    """Instances by service, and the revision they are of."""
    rows = store.list_instances(session, service=service, state=state)
    found = [_instance(row, beats) for row in rows]
    items = [entry for entry in found if capability is None or capability in entry.capabilities]
    return InstanceList(items=items, revision=store.revision(session))


def read_instance(session: Session, id: InstanceId, beats: Heartbeats) -> Instance:
    """One instance, archived ones included."""
    row = store.find_instance(session, id)
    if row is None:
        raise UnknownInstanceError
    return _instance(row, beats)


def list_entries(
    session: Session, *, q: str, capability: str | None, language: str | None, limit: int, cursor: Cursor | None
) -> Listing[Entry]:
    """One page of the catalogue: entries that hold every word of `q` in any language."""
    wanted = (("capability", capability), ("language", language and language.casefold()))
    facets = [(facet, value) for facet, value in wanted if value]
    words = q.casefold().split()[:MAX_WORDS]
    rows = store.list_entries(session, words=words, facets=facets, limit=limit, cursor=cursor)
    return listing(_entries(session, rows), limit, lambda entry: [entry.service])


def read_entry(session: Session, service: str) -> Entry:
    """One entry of the catalogue."""
    row = store.find_entry(session, service)
    if row is None:
        raise NotFoundError
    return _entries(session, [row])[0]


def _instance(row: Any, beats: Heartbeats) -> Instance:
    ttl = timedelta(seconds=row.ttl)
    return Instance(
        id=row.id,
        service=row.service,
        base_url=row.base_url,
        state=row.state,
        health=row.health,
        version=row.version,
        capabilities=row.manifest["capabilities"],
        manifest=row.manifest,
        epoch=row.epoch,
        expires_at=beats.heard_at(row.id, row.heard_at, ttl) + ttl,
        revision=row.revision,
    )


def _entries(session: Session, rows: Sequence[Any]) -> list[Entry]:
    running = store.live_instances(session, [row.service for row in rows])
    return [_entry(row, (instance for instance in running if instance.service == row.service)) for row in rows]


def _entry(row: Any, instances: Iterable[Any]) -> Entry:
    said = row.manifest
    return Entry(
        service=row.service,
        name=said["name"],
        description=said["description"],
        languages=sorted(said["name"]),
        version=row.version,
        licence=said["licence"],
        capabilities=said["capabilities"],
        problem_profiles=said["problem_profiles"],
        badge=Badge(conformance=row.conformance, checked_at=row.checked_at),
        instances=[
            EntryInstance(id=one.id, base_url=one.base_url, state=one.state, health=one.health) for one in instances
        ],
        registered_at=row.registered_at,
        updated_at=row.updated_at,
        manifest=said,
    )
