"""The composition root: what this service is made of, and nothing else."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI

from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import AssetKind, Export
from interlinker_shared.manifest import Manifest, Privacy
from interlinker_survey import __version__, actions, exports, pages, publishing, results, store
from interlinker_survey.api import exports as export_routes
from interlinker_survey.api import imports, publications, statistics, surveys, versions
from interlinker_survey.events import EVENTS
from interlinker_survey.models import SurveyConfig
from interlinker_survey.moderated import MODERATED
from interlinker_survey.settings import SurveySettings
from interlinker_survey.subscribers import HANDLERS

MANIFEST = Manifest(
    id="survey",
    name=pages.NAME,
    description={
        "en": "Ask people what they need and what they think; answers are checked, counted and handed on.",
        "es": "Preguntar a la gente qué necesita y qué piensa; las respuestas se comprueban, se cuentan y se entregan.",
        "de": "Menschen fragen, was sie brauchen und denken; Antworten werden geprüft, gezählt und weitergegeben.",
    },
    version=__version__,
    capabilities=["survey"],
    view="/surveys/{id}/view",
    privacy=Privacy(personal_data=["pseudonymous id", "answers", "language", "channel"]),
)

SURVEYS = AssetKind(
    path="/surveys",
    singular="survey",
    config=SurveyConfig,
    result_hidden=results.is_hidden,
    result_schema=results.RESULT_SCHEMA,
    build_result=results.build_result,
    import_items=actions.import_items,
    withdraw_item=actions.withdraw_item,
    exports={
        format.value: Export(media_type, partial(exports.write_responses, format=format))
        for format, media_type in exports.MEDIA_TYPES.items()
    },
    export_subject=actions.export_subject,
    erase_subject=actions.erase_subject,
    on_open=actions.begin_survey,
    on_close=publishing.end_survey,
    on_delete=actions.end_survey,
    on_purge=store.purge,
    aggregate=results.aggregate,
)


def create_app(settings: SurveySettings | None = None) -> FastAPI:
    """The service."""
    return create_interlinker(
        MANIFEST,
        settings or SurveySettings(),
        package="interlinker_survey",
        routers=[
            surveys.router,
            versions.router,
            export_routes.router,
            imports.router,
            statistics.router,
            publications.router,
            pages.router,
        ],
        assets=SURVEYS,
        events=EVENTS,
        handlers=HANDLERS,
        pages=pages.PAGES,
        moderated=MODERATED,
    )
