"""Settings of this service."""

from __future__ import annotations

from interlinker_shared.settings import ServiceSettings, prefixed


class SurveySettings(ServiceSettings):
    """What every service can be told, with this one's port."""

    model_config = prefixed("SURVEY_")

    port: int = 8003
