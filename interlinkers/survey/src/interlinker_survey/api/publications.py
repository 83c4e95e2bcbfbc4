"""`/surveys/{survey_id}/publications`: tables that everybody may see, frozen and numbered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import AnyoneHere, Database, Listing, ModeratorHere, Now, Paging, listing
from interlinker_shared.http.cache import public
from interlinker_shared.http.paging import PageOf, bad_cursor
from interlinker_shared.tabular import csv_line
from interlinker_shared.text import Wire
from interlinker_survey import publishing, store
from interlinker_survey.publication import Tables, lines
from interlinker_survey.store import Published

router = APIRouter(prefix="/surveys", tags=["publications"])

MOST = 100
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class PublicationCreate(Wire):
    """Which questions are published in pairs, beside all of them one by one."""

    crosstabs: list[tuple[Name, Name]] = Field(
        default_factory=list,
        max_length=MOST,
        description="Names of two variables each; they may not form a circle. Those published before come again by themselves.",
        examples=[[["district", "wish"]]],
    )


class Publication(BaseModel):
    """Tables as they were published: `hash` is over `tables` as canonical JSON (RFC 8785)."""

    model_config = ConfigDict(frozen=True)

    survey: UUID
    number: int
    hash: str
    published_at: datetime
    tables: Tables


@router.post("/{survey_id}/publications", status_code=201)
async def publish_tables(
    survey_id: UUID, body: PublicationCreate, db: Database, _who: ModeratorHere, now: Now, response: Response
) -> Publication:
    """Publish the counts of a survey so that nobody can tell a small one, from all tables and publications together.

    At the close that is done by itself. 409 while what was added since would tell of too few, or a pair comes too late; 422 for pairs that
    form a circle or that there are not; 403 before the end of an anonymous survey.
    """
    made = await db.write(_publish, survey_id, body, now=now)
    response.headers["Location"] = f"publications/{made.number}"
    return made


@router.get("/{survey_id}/publications")
@public
async def list_publications(survey_id: UUID, db: Database, _who: AnyoneHere, page: Paging) -> Listing[Publication]:
    """List what was published, newest first."""
    return await db.read(_page, survey_id, page)


@router.get("/{survey_id}/publications/{number}")
@public
async def read_publication(survey_id: UUID, number: Number, db: Database, _who: AnyoneHere) -> Publication:
    """Read one publication; it never changes."""
    return await db.read(_one, survey_id, number)


@router.get(
    "/{survey_id}/publications/{number}/csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
@public
async def read_publication_csv(survey_id: UUID, number: Number, db: Database, _who: AnyoneHere) -> Response:
    """Read one publication as a table: variable, answers, answers to the other one, count, of how many. An empty count is left out."""
    found = await db.read(_one, survey_id, number)
    head = csv_line(["variable", "answers", "and", "count", "of"])
    body = b"".join([head, *(csv_line(list(line)) for line in lines(found.tables))])
    name = f'attachment; filename="survey-{survey_id}-{number}.csv"'
    return Response(body, media_type="text/csv", headers={"Content-Disposition": name})


def _publish(session: Session, survey_id: UUID, body: PublicationCreate, *, now: datetime) -> Publication:
    return _shown(publishing.publish(session, survey_id, body.crosstabs, now=now))


def _page(session: Session, survey_id: UUID, page: PageOf) -> Listing[Publication]:
    assets.require(session, survey_id)
    found = store.publications(session, survey_id, page.limit + 1, _before(page.cursor))
    return listing([_shown(one) for one in found], page.limit, lambda one: [one.number])


def _before(cursor: Sequence[Any] | None) -> int | None:
    if cursor is None:
        return None
    if len(cursor) != 1 or not isinstance(cursor[0], int):
        raise bad_cursor()
    return cursor[0]


def _one(session: Session, survey_id: UUID, number: int) -> Publication:
    assets.require(session, survey_id)
    found = store.publication(session, survey_id, number)
    if found is None:
        raise NotFoundError
    return _shown(found)


def _shown(published: Published) -> Publication:
    return Publication(
        survey=published.survey,
        number=published.number,
        hash=published.hash,
        published_at=published.published_at,
        tables=publishing.read_tables(published),
    )
