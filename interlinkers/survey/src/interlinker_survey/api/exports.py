"""`/surveys/{survey_id}/exports`: what was answered as a file, the way one wants it, and what its columns mean."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from interlinker_shared import assets
from interlinker_shared.http import Database, ModeratorHere
from interlinker_shared.http.streams import as_file
from interlinker_shared.limits.rates import costly
from interlinker_shared.state import Kit
from interlinker_shared.text import LanguageTag
from interlinker_survey import exports
from interlinker_survey.exchange import Layout, Values
from interlinker_survey.exports import MEDIA_TYPES, Format, Wanted

router = APIRouter(prefix="/surveys", tags=["exports"])

Language = Annotated[LanguageTag | None, Query(description="Of labels; the survey's own by default.")]


def _file(*media_types: str) -> dict[str, Any]:
    return {
        "response_class": StreamingResponse,
        "responses": {200: {"content": {media_type: {} for media_type in media_types}}},
    }


@router.get("/{survey_id}/exports/responses", **_file(*MEDIA_TYPES.values()))
@costly
async def export_responses(
    survey_id: UUID,
    db: Database,
    _who: ModeratorHere,
    format: Annotated[Format, Query(description="Kind of file.")] = Format.CSV,
    layout: Annotated[
        Layout, Query(description="CSV: a row per response (`wide`), or per value that was given (`long`).")
    ] = Layout.WIDE,
    values: Annotated[
        Values, Query(description="CSV and XLSX: the values as they were given, or what they say.")
    ] = Values.CODES,
    language: Language = None,
    bom: Annotated[bool, Query(description="CSV: begin with a byte order mark, for spreadsheets.")] = False,  # noqa: FBT002 - a parameter of the address
) -> StreamingResponse:
    """Stream all responses; nothing says whose they are. Anonymous ones only once the survey is closed; 403 before.

    Of several choices each has a column of its own: 1 where it was chosen, 0 where it was not. Texts that begin like a
    formula are made harmless. Entries of dynamic panels are JSON in CSV, sheets of their own in XLSX and counted in SAV.
    """
    survey = await db.read(assets.require, survey_id)
    wanted = Wanted(layout, values, language, mark=bom)
    chunks = db.stream(exports.write_responses, survey, format, wanted)
    return await as_file(chunks, f"survey-{survey.id}.{format}", MEDIA_TYPES[format])


@router.get("/{survey_id}/exports/codebook", **_file("text/csv"))
@costly
async def export_codebook(
    survey_id: UUID, db: Database, _who: ModeratorHere, language: Language = None
) -> StreamingResponse:
    """Stream what each column of an export is and what each code says, as CSV; nothing that anybody answered."""
    survey = await db.read(assets.require, survey_id)
    chunks = db.stream(exports.write_book, survey, language)
    return await as_file(chunks, f"survey-{survey.id}-codebook.csv", "text/csv")


@router.get("/{survey_id}/exports/bundle", **_file("application/zip"))
@costly
async def export_bundle(survey_id: UUID, request: Request, db: Database, _who: ModeratorHere) -> StreamingResponse:
    """Stream a zip for archives: responses as CSV, with a Data Package, a DDI codebook and DCAT-AP that describe them.

    It holds single responses, and says that they are not for the public. Anonymous ones only after the close; 403 before.
    """
    survey = await db.read(assets.require, survey_id)
    kit: Kit = request.app.state.kit
    address = f"{kit.settings.base_url}/surveys/{survey.id}"
    chunks = db.stream(exports.write_microdata, survey, address)
    return await as_file(chunks, f"survey-{survey.id}-bundle.zip", "application/zip")
