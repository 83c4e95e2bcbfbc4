"""Versions of what a survey asks: published once, read for as long as there are answers to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset
from interlinker_shared.db import forgetting
from interlinker_shared.db.hot import Hot
from interlinker_shared.manifest import canonical_json, digest_of
from interlinker_survey.definition import Definition
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import Merge, Response, Version, VersionMissingError
from interlinker_survey.store import tables

_versions = tables.versions
_current = Hot(
    select(_versions.c.number).where(_versions.c.survey_id == bindparam("survey"), _versions.c.superseded_at.is_(None))
)


def add_version(
    session: Session, survey_id: UUID, config: dict[str, Any], *, merges: dict[str, Merge], now: datetime
) -> Version:
    """Publish what `config` asks as the next version of a survey; the one in force is superseded from `now` on."""
    number = current_number(session, survey_id)
    mine = _versions.c.survey_id == survey_id
    session.execute(update(_versions).where(mine, _versions.c.number == number).values(superseded_at=now))
    document = canonical_json({"definition": config["definition"], "consent": config["consent"]})
    values = {
        "survey_id": survey_id,
        "number": number + 1,
        "hash": digest_of(document),
        "document": document.decode(),
        "merges": {name: asdict(merge) for name, merge in merges.items()},
        "published_at": now,
        "superseded_at": None,
    }
    session.execute(insert(_versions).values(values))
    return version(session, survey_id, number + 1)


def current_number(session: Session, survey_id: UUID) -> int:
    """The number of the version in force; 0 before there is one."""
    row = _current.first(session, survey=survey_id)
    return int(row.number) if row is not None else 0


def version(session: Session, survey_id: UUID, number: int) -> Version:
    """A version; VersionMissingError when there is none of that number."""
    query = select(_versions).where(_versions.c.survey_id == survey_id, _versions.c.number == number)
    row = session.execute(query).first()
    if row is None:
        raise VersionMissingError
    return _as_version(row)


def versions_of(session: Session, survey_id: UUID) -> list[Version]:
    """All versions of a survey, the first one first."""
    query = select(_versions).where(_versions.c.survey_id == survey_id).order_by(_versions.c.number)
    return [_as_version(row) for row in session.execute(query)]


def asked_by(session: Session, survey: Asset, responses: Sequence[Response]) -> dict[UUID, Definition]:
    """What each of a survey's responses answers, by its id; an anonymous one fits all versions, and so that in force."""
    numbers = {response.version for response in responses} - {None}
    query = select(_versions).where(_versions.c.survey_id == survey.id, _versions.c.number.in_(numbers))
    known = {row.number: _as_version(row).definition for row in session.execute(query)} if numbers else {}
    return {one.id: known[one.version] if one.version else definition_of(survey) for one in responses}


def rewrite_versions(session: Session, survey_id: UUID, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Let `change` take words out of the definitions of all versions; their hashes stay those of what was published."""
    with forgetting(session):
        for one in versions_of(session, survey_id):
            document = canonical_json({"definition": change(one.raw), "consent": one.consent}).decode()
            mine = (_versions.c.survey_id == survey_id, _versions.c.number == one.number)
            session.execute(update(_versions).where(*mine).values(document=document))


def _as_version(row: Row[Any]) -> Version:
    return Version(
        survey=row.survey_id,
        number=row.number,
        hash=row.hash,
        document=row.document,
        merges={name: Merge(**merge) for name, merge in row.merges.items()},
        published_at=row.published_at,
        superseded_at=row.superseded_at,
    )
