"""Settings of the gateway."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from interlinker_shared.settings import ServiceSettings, prefixed


class GatewaySettings(ServiceSettings):
    """What every service can be told, and how the gateway looks after processes."""

    model_config: ClassVar[SettingsConfigDict] = prefixed("GATEWAY_")

    port: int = 8000
    reconcile_seconds: float = Field(
        15.0, gt=0, description="How often blocks are asked where their assets stand; 2 seconds without NATS."
    )

    @property
    def accounts_here(self) -> bool:
        """The family signs in here, wherever its registry is."""
        return True
