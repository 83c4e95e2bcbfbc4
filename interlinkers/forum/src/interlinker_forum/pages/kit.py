"""How the forum's pages are rendered."""

from __future__ import annotations

from interlinker_shared.pages import Pages

PAGES = Pages("interlinker_forum", name={"en": "Forum", "es": "Foro", "de": "Forum"})
