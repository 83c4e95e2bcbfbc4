"""Settings of the forum."""

from __future__ import annotations

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from interlinker_shared.settings import ServiceSettings, prefixed


class ForumSettings(ServiceSettings):
    """What every service can be told, with the forum's port."""

    model_config: ClassVar[SettingsConfigDict] = prefixed("FORUM_")

    port: int = 8002
