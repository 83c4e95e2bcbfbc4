"""`/templates`: what processes are made from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from interlinker_gateway import models, reads
from interlinker_gateway.actions import templates as actions
from interlinker_gateway.definition.reading import schema
from interlinker_gateway.registry import Directory
from interlinker_shared.errors import UnsupportedMediaError
from interlinker_shared.http import Anyone, Database, Listing, Now, Owner, Paging
from interlinker_shared.text import Line

JSON = "application/json"
YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})
BODY = {
    "requestBody": {
        "required": True,
        "description": "The template. `GET /templates/schema` says what it is made of.",
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}

router = APIRouter(prefix="/templates", tags=["templates"])


@router.post("", status_code=201, openapi_extra=BODY)
async def upload_template(request: Request, db: Database, who: Owner, now: Now) -> models.Template:
    """Upload a version of a template, in YAML or JSON. The same one again changes nothing; another under its version is a 409.

    422 names every place that is wrong by its JSON pointer: tasks that wait for each other, names that nothing bears,
    expressions that do not parse, capabilities that no Interlinker offers.
    """
    document = await _document(request)
    directory: Directory = request.app.state.directory
    return await db.write(_upload, document, directory.capabilities(), by=who.subject, now=now)


@router.get("")
async def list_templates(db: Database, _who: Anyone, page: Paging) -> Listing[models.TemplateSummary]:
    """List all versions of all templates."""
    return await db.read(reads.list_templates, page)


class SchemaResponse(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


@router.get("/schema", response_class=SchemaResponse)
async def read_template_schema(_who: Anyone) -> SchemaResponse:
    """Read the JSON Schema of templates."""
    return SchemaResponse(schema())


@router.get("/{template_id}")
async def read_template(
    template_id: str, db: Database, _who: Anyone, version: Annotated[Line | None, Query()] = None
) -> models.Template:
    """Read a template: the version uploaded last, or the one asked for."""
    return await db.read(reads.read_template, template_id, version)


async def _document(request: Request) -> Any:
    from interlinker_gateway.definition.source import read_json, read_yaml  # noqa: PLC0415 - starting need not wait for PyYAML

    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {*YAML, JSON}:
        raise UnsupportedMediaError("Send the template as Content-Type: application/yaml or application/json.")
    read = read_yaml if kind in YAML else read_json
    return read(await request.body())


def _upload(
    session: Session, document: Any, capabilities: frozenset[str], *, by: str | None, now: datetime
) -> models.Template:
    return reads.template_of(actions.upload_template(session, document, capabilities, by=by, now=now))
