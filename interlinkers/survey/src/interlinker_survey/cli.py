"""The program `interlinker-survey`."""

from __future__ import annotations

from interlinker_shared.cli.service import service_cli
from interlinker_survey.app import create_app
from interlinker_survey.settings import SurveySettings


def main() -> None:
    """Run it."""
    service_cli("survey", create_app, SurveySettings)()
