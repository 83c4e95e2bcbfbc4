"""Settings of the ideation service; environment variables start with IDEATION_."""

from __future__ import annotations

from pydantic import Field

from interlinker_shared.settings import ServiceSettings, prefixed


class IdeationSettings(ServiceSettings):
    model_config = prefixed("IDEATION_")

    port: int = Field(8004, ge=1, le=65535, description="Port to listen on.")
