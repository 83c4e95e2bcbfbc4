"""The program `interlinker-forum`."""

from __future__ import annotations

from interlinker_forum.settings import ForumSettings
from interlinker_shared.cli.service import service_cli


def main() -> None:
    """Run it."""
    service_cli("forum", "interlinker_forum.app:create_app", ForumSettings)()
