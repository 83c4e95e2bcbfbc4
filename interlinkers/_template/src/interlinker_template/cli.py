"""The program `interlinker-template`."""

from __future__ import annotations

from interlinker_shared.cli.service import service_cli
from interlinker_template.settings import TemplateSettings


def main() -> None:
    """Run it."""
    service_cli("template", "interlinker_template.app:create_app", TemplateSettings)()
