"""The composition root: what the registry is made of, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from fastapi import FastAPI

from interlinker_registry import __version__, pages
from interlinker_registry.api import catalogue, instances, schemas, service_keys
from interlinker_registry.directory import Directory
from interlinker_registry.events import EVENTS
from interlinker_registry.keys import read_keys, run_keys
from interlinker_registry.reaper import run_reaper
from interlinker_registry.settings import RegistrySettings
from interlinker_registry.subscribers import HANDLERS
from interlinker_shared.app import create_interlinker
from interlinker_shared.clock import utc_now
from interlinker_shared.manifest import Manifest, Privacy

MANIFEST = Manifest(
    id="registry",
    name={"en": "Registry", "es": "Registro", "de": "Verzeichnis"},
    description={
        "en": "Knows which Interlinkers there are, what they can do, and where they run right now.",
        "es": "Sabe qué Interlinkers hay, qué saben hacer y dónde funcionan ahora mismo.",
        "de": "Weiß, welche Interlinker es gibt, was sie können und wo sie gerade laufen.",
    },
    version=__version__,
    capabilities=["registry"],
    view="/catalogue/view",
    privacy=Privacy(personal_data=[]),
)


def create_app(settings: RegistrySettings | None = None, *, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """The service."""
    directory = Directory(started_at=clock())
    steady = (
        time.monotonic if clock is utc_now else lambda: clock().timestamp()
    )  # a clock of a test's own is all the time there is
    app = create_interlinker(
        MANIFEST,
        settings or RegistrySettings(),
        package="interlinker_registry",
        routers=[instances.router, service_keys.router, pages.router, catalogue.router, schemas.router],
        events=EVENTS,
        handlers=HANDLERS,
        background=[directory.run, partial(run_reaper, beats=directory.beats, steady=steady), run_keys],
        clock=clock,
        pages=pages.PAGES,
        keys=read_keys,
    )
    app.state.directory = directory
    return app
