"""The program `interlinker-survey`."""

from __future__ import annotations

from interlinker_shared.cli.service import service_cli
from interlinker_survey.settings import SurveySettings


def main() -> None:
    """Run it."""
    service_cli("survey", "interlinker_survey.app:create_app", SurveySettings)()
