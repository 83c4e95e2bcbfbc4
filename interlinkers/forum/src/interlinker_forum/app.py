"""The composition root: what the forum is made of, and nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from sqlalchemy.orm import Session

from interlinker_forum import __version__, actions, pages, results, store
from interlinker_forum.api import boards, posts, topics
from interlinker_forum.events import EVENTS
from interlinker_forum.models import BoardConfig
from interlinker_forum.moderated import MODERATED
from interlinker_forum.settings import ForumSettings
from interlinker_forum.subscribers import HANDLERS
from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import Asset, AssetKind, Export
from interlinker_shared.auth import Role
from interlinker_shared.manifest import Manifest, Privacy

MANIFEST = Manifest(
    id="forum",
    name={"en": "Forum", "es": "Foro", "de": "Forum"},
    description={
        "en": "People discuss on a board, in topics and posts; what each topic came to is handed on.",
        "es": "La gente debate en un tablón, por temas y mensajes; a qué llegó cada tema se pasa al paso siguiente.",
        "de": "Menschen diskutieren in Themen und Beiträgen; was dabei herauskam, wird weitergegeben.",
    },
    version=__version__,
    capabilities=["forum"],
    view="/boards/{id}/view",
    privacy=Privacy(personal_data=["pseudonymous id", "text of topics and posts", "channel and time of each"]),
)


def _any_change(_session: Session, _board: Asset, _config: dict[str, Any]) -> None:
    """A board's description and whether it takes guests may change while people discuss."""


BOARDS = AssetKind(
    path="/boards",
    singular="board",
    config=BoardConfig,
    result_schema=results.RESULT_SCHEMA,
    build_result=results.build_result,
    import_items=actions.import_items,
    withdraw_item=actions.withdraw_item,
    exports={
        "csv": Export("text/csv", results.write_csv, Role.PUBLIC),
        "jsonl": Export("application/jsonl", results.write_jsonl, Role.PUBLIC),
    },
    export_subject=results.export_subject,
    erase_subject=actions.erase_subject,
    on_create=actions.create_board,
    on_purge=store.purge,
    aggregate=results.aggregate,
    check_change=_any_change,
)


def create_app(settings: ForumSettings | None = None) -> FastAPI:
    """The service."""
    return create_interlinker(
        MANIFEST,
        settings or ForumSettings(),
        package="interlinker_forum",
        routers=[topics.router, boards.router, posts.router, *pages.ROUTERS],
        assets=BOARDS,
        events=EVENTS,
        handlers=HANDLERS,
        pages=pages.PAGES,
        moderated=MODERATED,
    )
