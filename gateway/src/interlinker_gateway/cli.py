"""The program `interlinker-gateway`."""

from __future__ import annotations

from interlinker_gateway.settings import GatewaySettings
from interlinker_shared.cli.service import service_cli


def main() -> None:
    """Run it."""
    service_cli("gateway", "interlinker_gateway.app:create_app", GatewaySettings)()
