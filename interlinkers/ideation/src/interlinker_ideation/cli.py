"""`interlinker-ideation`: serve, token, contract, healthcheck."""

from __future__ import annotations

from interlinker_ideation.settings import IdeationSettings
from interlinker_shared.cli.service import service_cli


def main() -> None:
    service_cli("ideation", "interlinker_ideation.app:create_app", IdeationSettings)()
