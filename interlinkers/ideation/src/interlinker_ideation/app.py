"""Composition root of the ideation service."""

from __future__ import annotations

from fastapi import FastAPI

from interlinker_ideation import (
    __version__,
    actions,
    ballot_pages,
    balloting,
    desk_pages,
    exports,
    idea_pages,
    pages,
    results,
    store,
)
from interlinker_ideation.api import ballots, campaigns, ideas, officials, phases
from interlinker_ideation.api import results as result_routes
from interlinker_ideation.clockwork import run_phases
from interlinker_ideation.counting.worker import run_counting
from interlinker_ideation.events import EVENTS
from interlinker_ideation.moderated import MODERATED
from interlinker_ideation.settings import IdeationSettings
from interlinker_ideation.subscribers import HANDLERS
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import AssetKind, Export
from interlinker_shared.auth import Role
from interlinker_shared.manifest import Manifest, Privacy

MANIFEST = Manifest(
    id="ideation",
    name={"en": "Ideas", "es": "Ideas", "de": "Ideen"},
    description={
        "en": "People submit ideas, support them and vote with a budget; everybody reads why each was or was not funded.",
        "es": "La gente propone ideas, las apoya y vota con un presupuesto; todos leen por qué se financia cada una o no.",
        "de": "Menschen reichen Ideen ein, unterstützen sie und stimmen mit einem Budget ab; alle lesen, warum jede Idee "
        "gefördert wird oder nicht.",
    },
    version=__version__,
    capabilities=["ideation"],
    view="/campaigns/{id}/view",
    privacy=Privacy(
        personal_data=[
            "pseudonymous id of who submits or supports an idea",
            "until the close, a keyed hash that tells who has voted, kept apart from the ballots",
            "pseudonymous id of who follows an idea",
            "the text of ideas, and of their former versions",
        ],
    ),
)

CAMPAIGNS = AssetKind(
    path="/campaigns",
    singular="campaign",
    config=CampaignConfig,
    result_schema=results.SCHEMA,
    build_result=results.build_result,
    import_items=actions.import_items,
    export_subject=actions.export_subject,
    erase_subject=actions.erase_subject,
    exports={
        "csv": Export("text/csv", exports.ideas_as_csv, Role.PUBLIC),
        "jsonl": Export("application/jsonl", exports.ideas_as_jsonl, Role.PUBLIC),
        "pb": Export("text/csv", exports.ballots_as_pb, Role.PUBLIC),
        "blt": Export("text/plain", exports.ballots_as_blt, Role.PUBLIC),
        "ballots": Export("text/csv", exports.ballots_as_csv, Role.PUBLIC),
    },
    on_open=balloting.begin_voting,
    on_close=balloting.end_voting,
    on_delete=actions.forget_campaign,
    on_purge=store.purge,
    aggregate=results.aggregate,
    withdraw_item=actions.withdraw_import,
    result_hidden=results.is_hidden,
    check_change=balloting.check_change,
)


def create_app(settings: IdeationSettings | None = None) -> FastAPI:
    return create_interlinker(
        MANIFEST,
        settings or IdeationSettings(),
        package="interlinker_ideation",
        routers=[
            ballots.router,
            idea_pages.router,
            ideas.router,
            campaigns.router,
            officials.router,
            phases.router,
            result_routes.router,
            ballot_pages.router,
            pages.router,
            desk_pages.router,
        ],
        assets=CAMPAIGNS,
        events=EVENTS,
        handlers=HANDLERS,
        exclusive=[run_counting, run_phases],
        pages=pages.PAGES,
        moderated=MODERATED,
    )
