"""The composition root: what this service is made of, and nothing else."""

from __future__ import annotations

from fastapi import FastAPI

from interlinker_shared.app import create_interlinker
from interlinker_shared.assets import AssetKind, Export
from interlinker_shared.manifest import Manifest, Privacy
from interlinker_shared.text import Wire
from interlinker_template import __version__, actions, pages, store
from interlinker_template.api import pledges
from interlinker_template.events import EVENTS
from interlinker_template.settings import TemplateSettings
from interlinker_template.subscribers import HANDLERS

MANIFEST = Manifest(
    id="template",
    name={"en": "Pledges", "es": "Compromisos", "de": "Zusagen"},
    description={
        "en": "People say what they will bring to a common undertaking.",
        "es": "La gente dice qué aportará a una tarea común.",
        "de": "Menschen sagen, was sie zu einem gemeinsamen Vorhaben beitragen.",
    },
    version=__version__,
    capabilities=["template"],
    view="/pledges/{id}/view",
    privacy=Privacy(personal_data=["pseudonymous id", "text of the pledge"]),
)


class PledgeConfig(Wire):
    """A drive needs no configuration."""


RESULT_SCHEMA = {
    "properties": {
        "counts": {
            "type": "object",
            "properties": {"pledges": {"type": "integer"}, "amount": {"type": "integer"}},
            "required": ["pledges", "amount"],
        }
    }
}

PLEDGES = AssetKind(
    path="/pledges",
    singular="pledge",
    config=PledgeConfig,
    result_schema=RESULT_SCHEMA,
    build_result=actions.build_result,
    import_items=actions.import_items,
    withdraw_item=actions.withdraw_item,
    exports={"csv": Export("text/csv", actions.write_csv)},
    export_subject=actions.export_subject,
    erase_subject=actions.erase_subject,
    on_purge=store.purge,
)


def create_app(settings: TemplateSettings | None = None) -> FastAPI:
    """The service."""
    return create_interlinker(
        MANIFEST,
        settings or TemplateSettings(),
        package="interlinker_template",
        routers=[pledges.router, pages.router],
        assets=PLEDGES,
        events=EVENTS,
        handlers=HANDLERS,
        pages=pages.PAGES,
    )
