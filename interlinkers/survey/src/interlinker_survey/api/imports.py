"""`/surveys/imports`: surveys from elsewhere, looked at first or taken over as a draft."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, AssetCreate, AssetKind
from interlinker_shared.assets.actions import create_asset
from interlinker_shared.http import Database, Moderator, Now
from interlinker_shared.limits.rates import costly
from interlinker_shared.state import Kit
from interlinker_shared.text import Line, Wire
from interlinker_survey.exchange.foreign import Fate, Foreign, Source, import_survey

router = APIRouter(prefix="/surveys", tags=["imports"])

MOST_CHARACTERS = 7_000_000
UNTITLED = "Imported survey"


class ImportFile(Wire):
    """A file with a survey: SurveyJS JSON, an XLSForm (.xlsx), or a survey of LimeSurvey (.lss)."""

    source: Source
    content: Base64Bytes = Field(
        max_length=MOST_CHARACTERS, description="The file in Base64.", examples=["eyJlbGVtZW50cyI6W119"]
    )


class ImportCreate(ImportFile):
    """A file to take over; what the survey is called, where that is not what the file says."""

    title: Line | None = None


class ImportFinding(BaseModel):
    """What became of one part of the file. `place` is where it was, as its authors know it; `why` a sentence."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    fate: Fate
    place: str
    what: str
    why: str


class ImportReport(BaseModel):
    """What a file becomes here: a definition that can be offered, and the fate of every part of it."""

    model_config = ConfigDict(frozen=True)

    title: str
    language: str
    definition: dict[str, Any]
    counts: Annotated[dict[str, int], Field(description="How many findings there are of each fate.")]
    findings: list[ImportFinding]


class ImportedSurvey(BaseModel):
    """The draft that a file became, and the fate of every part of it."""

    model_config = ConfigDict(frozen=True)

    survey: Asset
    counts: dict[str, int]
    findings: list[ImportFinding]


@router.post("/imports/preview")
@costly
async def preview_import(body: ImportFile, _who: Moderator) -> ImportReport:
    """See what a survey from elsewhere becomes here; nothing is kept. 422 for what is no such file, or none of it can be."""
    found = await _read(body)
    return ImportReport(
        title=_title(found),
        language=found.language,
        definition=dict(found.definition),
        counts=found.report.counts(),
        findings=_findings(found),
    )


@router.post("/imports", status_code=201)
@costly
async def import_foreign_survey(
    body: ImportCreate, request: Request, db: Database, who: Moderator, now: Now, response: Response
) -> ImportedSurvey:
    """Take over a survey from elsewhere as a draft, and learn what was taken, changed and lost."""
    kit: Kit = request.app.state.kit
    found = await _read(body)
    assert kit.assets is not None, "surveys are assets"  # noqa: S101 - narrows the type
    kept = await db.write(_keep, kit.assets, found, body.title, by=who.subject, now=now)
    response.headers["Location"] = kit.assets.location(kept.id)
    return ImportedSurvey(survey=kept, counts=found.report.counts(), findings=_findings(found))


async def _read(body: ImportFile) -> Foreign:
    """In a thread: a large workbook takes a second."""
    return await asyncio.to_thread(import_survey, body.source, body.content)


def _keep(
    session: Session, kind: AssetKind, found: Foreign, title: str | None, *, by: str | None, now: datetime
) -> Asset:
    create = AssetCreate(
        title=title or _title(found), language=found.language, config={"definition": dict(found.definition)}
    )
    return create_asset(session, kind, create, by=by, now=now)


def _title(found: Foreign) -> str:
    return " ".join(found.title.split())[:200].strip() or UNTITLED


def _findings(found: Foreign) -> list[ImportFinding]:
    return [ImportFinding.model_validate(finding) for finding in found.report.findings]
