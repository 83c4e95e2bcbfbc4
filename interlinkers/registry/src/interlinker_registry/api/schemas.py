"""`/schemas/manifest.json`: what a manifest must look like, for those who write one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic.json_schema import GenerateJsonSchema

from interlinker_shared.http import Anyone
from interlinker_shared.http.cache import fixed
from interlinker_shared.manifest import Manifest, canonical_json

MANIFEST_SCHEMA = {
    "$schema": GenerateJsonSchema.schema_dialect,
    "$id": "urn:interlinkers:schema:manifest:1",
    **Manifest.model_json_schema(),
}

router = APIRouter(prefix="/schemas", tags=["discovery"])
_document = canonical_json(MANIFEST_SCHEMA)


class SchemaResponse(JSONResponse):
    """A JSON Schema that is written already."""

    media_type = "application/schema+json"

    def render(self, content: bytes) -> bytes:
        """As it is."""
        return content


@router.get("/manifest.json", response_class=SchemaResponse, response_model=dict[str, Any])
@fixed
async def read_manifest_schema(_who: Anyone) -> SchemaResponse:
    """Read the JSON Schema (2020-12) of the manifest, contract version 1."""
    return SchemaResponse(_document)
