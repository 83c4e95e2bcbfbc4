"""The program `interlinker-registry`."""

from __future__ import annotations

from interlinker_registry.settings import RegistrySettings
from interlinker_shared.cli.service import service_cli


def main() -> None:
    """Run it."""
    service_cli("registry", "interlinker_registry.app:create_app", RegistrySettings)()
