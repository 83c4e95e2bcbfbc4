"""A board and its topics as pages: read, open a topic, answer, edit and react, without JavaScript."""

from __future__ import annotations

from interlinker_forum.pages.discussions import router as discussions
from interlinker_forum.pages.kit import PAGES
from interlinker_forum.pages.texts import router as texts

ROUTERS = (discussions, texts)

__all__ = ["PAGES", "ROUTERS"]
