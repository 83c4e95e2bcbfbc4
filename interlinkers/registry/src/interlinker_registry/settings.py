"""Settings of the registry."""

from __future__ import annotations

from typing import ClassVar

from pydantic_settings import SettingsConfigDict

from interlinker_shared.settings import ServiceSettings, prefixed


class RegistrySettings(ServiceSettings):
    """What every service can be told, with the registry's port."""

    model_config: ClassVar[SettingsConfigDict] = prefixed("REGISTRY_")

    port: int = 8001
