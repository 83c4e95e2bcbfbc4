"""`/surveys/{survey_id}/versions`: what a survey asks and has asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset
from interlinker_shared.http import AnyoneHere, Database, Listing, ModeratorHere, Now, public
from interlinker_shared.http.conditions import IfMatch, required_version
from interlinker_shared.text import Wire, stays_there
from interlinker_survey import actions, domain, store
from interlinker_survey.definition.scalars import Name
from interlinker_survey.domain import ChangeKind
from interlinker_survey.models import ConsentText, DefinitionJson

router = APIRouter(prefix="/surveys", tags=["versions"])

Number = Annotated[int, Path(ge=1, le=1000)]
Value = Annotated[str, Field(max_length=200)]


class ChangedConfig(Wire):
    """What of the config a version is; what is absent stays."""

    definition: DefinitionJson | None = None
    consent: ConsentText | None = None

    _kept = field_validator("definition")(stays_there)


class MergeCreate(Wire):
    """A declaration that answers to a question of the version before count as answers to one of the new version."""

    question: Name = Field(description="Its name before.")
    values: dict[Value, Value] = Field(
        default_factory=dict,
        max_length=500,
        description="Former values and what they are now; others stay as they are.",
    )


class VersionCreate(Wire):
    """A new version. Answers go on by themselves where name, type and values are the same; else where `merges` says so."""

    config: ChangedConfig
    merges: dict[Name, MergeCreate] = Field(
        default_factory=dict, max_length=500, description="By name of the question in the new version."
    )


class Change(BaseModel):
    """What became of a question. Answers go on where it is `reworded` or `mapped`, also where nothing changed."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    question: str
    kind: ChangeKind
    former: str | None


class Version(BaseModel):
    """A version. `hash` is over {definition, consent} as canonical JSON; answers are taken until `accepted_until`."""

    model_config = ConfigDict(frozen=True)

    number: int
    hash: str
    published_at: datetime
    superseded_at: datetime | None
    accepted_until: datetime | None
    changes: list[Change]


class WholeVersion(Version):
    """A version with what it asks. Its hash differs from that of what is here only if an imported choice was withdrawn."""

    definition: dict[str, Any]
    consent: dict[str, str] | None


@router.post("/{survey_id}/versions", status_code=201)
async def publish_version(
    survey_id: UUID,
    body: VersionCreate,
    db: Database,
    _who: ModeratorHere,
    now: Now,
    response: Response,
    if_match: IfMatch = None,
) -> Version:
    """Let an open survey ask something else. Needs If-Match with the survey's ETag; 412 when somebody was faster.

    Responses keep the version that they answer. Answers to the former version are taken for `config.grace_hours` more. An
    anonymous survey can be reworded only, and what was imported stays to be chosen: 409. 409 for a draft, too: PATCH it.
    """
    seen = required_version(if_match)
    made = await db.write(_publish, survey_id, body, seen=seen, now=now)
    response.headers["Location"] = f"surveys/{survey_id}/versions/{made.number}"
    return made


@router.get("/{survey_id}/versions")
@public
async def list_versions(survey_id: UUID, db: Database, _who: AnyoneHere) -> Listing[Version]:
    """List all versions, the first one first, with what changed from one to the next."""
    return Listing[Version](items=await db.read(_versions, survey_id), next=None)


@router.get("/{survey_id}/versions/{number}")
@public
async def read_version(survey_id: UUID, number: Number, db: Database, _who: AnyoneHere) -> WholeVersion:
    """Read what a version asks."""
    return await db.read(_whole, survey_id, number)


def _publish(session: Session, survey_id: UUID, body: VersionCreate, *, seen: int, now: datetime) -> Version:
    changed = body.config.model_dump(mode="json", exclude_unset=True)
    merges = {name: domain.Merge(merge.question, merge.values) for name, merge in body.merges.items()}
    made = actions.publish_version(session, survey_id, changed, merges, seen=seen, now=now)
    return _told(session, assets.require(session, survey_id))[made.number - 1]


def _versions(session: Session, survey_id: UUID) -> list[Version]:
    return _told(session, assets.require(session, survey_id))


def _whole(session: Session, survey_id: UUID, number: int) -> WholeVersion:
    survey = assets.require(session, survey_id)
    version = store.version(session, survey.id, number)
    told = _told(session, survey)[number - 1]
    return WholeVersion(**dict(told), definition=version.raw, consent=version.consent)


def _told(session: Session, survey: Asset) -> list[Version]:
    versions = store.versions_of(session, survey.id)
    changes: list[list[domain.Change]] = [[], *(step.changes for step in domain.steps_between(versions))]
    grace = timedelta(hours=survey.config["grace_hours"])
    return [
        Version(
            number=version.number,
            hash=version.hash,
            published_at=version.published_at,
            superseded_at=version.superseded_at,
            accepted_until=version.accepted_until(grace),
            changes=[Change.model_validate(change) for change in changed],
        )
        for version, changed in zip(versions, changes, strict=False)  # there is none of a draft
    ]
