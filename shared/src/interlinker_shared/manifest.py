"""The manifest: what a service says about itself at `/.well-known/interlinker.json`."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from interlinker_shared.text import Line, Translated

WELL_KNOWN = "/.well-known/interlinker.json"
API_CATALOG = "/.well-known/api-catalog"

_duration = TypeAdapter(timedelta | None)


class _Entry(BaseModel):
    # Read by registries of other releases: a field that one of them does not know is left aside, not refused.
    model_config = ConfigDict(extra="ignore", frozen=True)


class AssetsEntry(_Entry):
    """Where the assets of an Interlinker live, relative to its address."""

    path: str = Field(pattern=r"^/[a-z][a-z-]*$")
    singular: str
    config_schema: str
    exports: dict[str, str] = Field(default_factory=dict, description="Media type of each export format.")


class EventsEntry(_Entry):
    """CloudEvents types that a service records, and NATS subjects that it listens to."""

    out: list[str] = Field(default_factory=list)
    into: list[str] = Field(default_factory=list)


class Widget(_Entry):
    """The custom element that embeds an Interlinker into a page."""

    script: str
    element: str


class Maintainer(_Entry):
    """Who looks after the software."""

    name: Line
    url: str | None = None
    email: str | None = None


class Privacy(_Entry):
    """What personal data a service keeps, and for how long (ISO 8601 durations)."""

    personal_data: list[Line] = Field(default_factory=list)
    retention: str | None = Field(
        None,
        description="How long after its close what was contributed to an asset is kept, unless the asset says `retain_until`; "
        "where it is missing, until the asset is deleted.",
    )
    deleted: str | None = Field(None, description="How long it is still kept after the asset was deleted.")

    def kept_for(self, retention: timedelta | None, *, deleted: timedelta) -> Privacy:
        """The same with these times."""
        told = {"retention": retention, "deleted": deleted}
        return self.model_copy(update={name: _duration.dump_python(time, mode="json") for name, time in told.items()})


class Manifest(_Entry):
    """The self-description of a service, contract version 1. Addresses are relative to the service's own."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: Translated
    description: Translated
    version: str
    contract: Literal["1"] = "1"
    licence: str = "Apache-2.0"
    capabilities: list[str] = Field(default_factory=list)
    assets: AssetsEntry | None = None
    result_schema: str | None = None
    events: EventsEntry = Field(default_factory=EventsEntry)
    openapi: str = "openapi.json"
    asyncapi: str = "asyncapi.json"
    view: str | None = None
    widget: Widget | None = None
    problem_profiles: list[str] = Field(default_factory=list)
    maintainer: Maintainer = Maintainer(name="The Interlinkers contributors")
    privacy: Privacy = Field(default_factory=Privacy)

    def render(self) -> bytes:
        """The document as it is served."""
        return self.model_dump_json(exclude_none=True).encode()

    def digest(self) -> str:
        """`sha256:` and the hash of the document, by which the registry sees that it changed."""
        return digest_of(self.render())


def digest_of(document: bytes) -> str:
    """The digest of a document."""
    return f"sha256:{hashlib.sha256(document).hexdigest()}"


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, so that equal values have equal hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def api_catalog() -> bytes:
    """The API catalogue, a linkset by RFC 9727 and RFC 9264; its links are relative to it, so it may live behind a prefix."""
    anchor = {
        "anchor": "../",
        "service-desc": [{"href": "../openapi.json", "type": "application/vnd.oai.openapi+json"}],
        "service-meta": [{"href": ".." + WELL_KNOWN, "type": "application/json"}],
        "status": [{"href": "../health/ready", "type": "application/json"}],
    }
    return json.dumps({"linkset": [anchor]}).encode()
