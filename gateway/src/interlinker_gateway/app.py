"""The composition root: what the gateway is made of, and nothing else."""

from __future__ import annotations

from functools import partial

import httpx
from fastapi import FastAPI

from interlinker_gateway import __version__, pages
from interlinker_gateway.actions import persons
from interlinker_gateway.actions.roles import RULES
from interlinker_gateway.api import organisations, processes, teams, templates
from interlinker_gateway.entrance import Entrance, build_door, close_at_end
from interlinker_gateway.events import EVENTS
from interlinker_gateway.registry import Directory, follow
from interlinker_gateway.settings import GatewaySettings
from interlinker_gateway.store import erasures
from interlinker_gateway.subscribers import HANDLERS
from interlinker_gateway.workers.blocks import Client
from interlinker_gateway.workers.calls import run_calls
from interlinker_gateway.workers.erasures import collect, run_erasures
from interlinker_gateway.workers.reconciliation import run_reconciliation
from interlinker_gateway.workers.timers import run_timers
from interlinker_shared.app import create_interlinker
from interlinker_shared.background import Background
from interlinker_shared.grants.events import EVENTS as GRANT_EVENTS
from interlinker_shared.grants.routes import GrantRoutes
from interlinker_shared.manifest import Manifest, Privacy
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.personal.elsewhere import Elsewhere

MANIFEST = Manifest(
    id="gateway",
    name={"en": "Co-production processes", "es": "Procesos de coproducción", "de": "Koproduktionsprozesse"},
    description={
        "en": "Composes Interlinkers into co-production processes, and is their one front door.",
        "es": "Compone Interlinkers en procesos de coproducción y es su única puerta de entrada.",
        "de": "Setzt Interlinker zu Koproduktionsprozessen zusammen und ist ihre gemeinsame Tür.",
    },
    version=__version__,
    capabilities=["processes"],
    view="/processes/{id}/view",
    privacy=Privacy(personal_data=["pseudonymous id", "team", "reason of a decision"]),
)


def create_app(settings: GatewaySettings | None = None, *, client: httpx.AsyncClient | None = None) -> FastAPI:
    """The service; `client` is how blocks are reached, over HTTP unless told otherwise."""
    own = settings or GatewaySettings()
    directory = Directory(own.data_dir / "directory.json")
    policy = OutgoingPolicy.family(own)
    blocks = Client(policy, client)
    door = build_door(directory, lambda: app.state.kit, policy)
    background: list[Background] = [
        partial(close_at_end, closing=(door.aclose, blocks.aclose)),
        partial(follow, directory=directory),
    ]
    exclusive: list[Background] = [
        partial(run_calls, directory=directory, client=blocks),
        partial(run_reconciliation, directory=directory, client=blocks, seconds=own.reconcile_seconds),
        partial(run_erasures, directory=directory, client=blocks),
        run_timers,
    ]
    app = create_interlinker(
        MANIFEST,
        own,
        package="interlinker_gateway",
        routers=[pages.router, processes.router, templates.router, organisations.router, teams.router],
        events=(*EVENTS, *GRANT_EVENTS),
        handlers=HANDLERS,
        background=background,
        exclusive=exclusive,
        pages=pages.PAGES,
        grants=GrantRoutes(RULES),
        subjects=persons.parts(lambda: directory.services() - {MANIFEST.id}),
        elsewhere=Elsewhere(partial(collect, directory=directory, client=blocks), erasures.progress),
    )
    app.state.directory = directory
    app.put_in_front(partial(Entrance, door=door))
    return app
