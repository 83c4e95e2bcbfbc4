"""`create_interlinker`: from a description and a few routers to a running service with the whole contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from interlinker_shared.accounts.pages import ROUTERS as ACCOUNT_PAGES
from interlinker_shared.accounts.passkey_routes import router as passkey_router
from interlinker_shared.accounts.provider import Provider
from interlinker_shared.accounts.provider_pages import router as provider_router
from interlinker_shared.accounts.routes import router as account_router
from interlinker_shared.assets.events import COMMON_EVENTS
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import Result
from interlinker_shared.assets.routes import AssetRoutes, changes_router
from interlinker_shared.assets.subscribers import withdrawal_handler
from interlinker_shared.asyncapi import build_asyncapi
from interlinker_shared.audit.routes import router as audit_router
from interlinker_shared.background import Background
from interlinker_shared.clock import utc_now
from interlinker_shared.consents.routes import router as consent_router
from interlinker_shared.db.versions import Versions
from interlinker_shared.embed.origins import Origins
from interlinker_shared.embed.routes import router as embed_router
from interlinker_shared.errors import FieldError
from interlinker_shared.events import Event, Handler, event_type
from interlinker_shared.grants.routes import GrantRoutes
from interlinker_shared.grants.subscribers import HANDLERS as GRANT_HANDLERS
from interlinker_shared.http import problems, system
from interlinker_shared.http.application import Interlinker, Layer
from interlinker_shared.http.cache import PublicCache
from interlinker_shared.http.edge import Edge
from interlinker_shared.http.quick import QuickRoutes
from interlinker_shared.keys.routes import router as key_router
from interlinker_shared.limits.guests import POSTED, REFUSALS, guest_fields
from interlinker_shared.limits.rates import Limits
from interlinker_shared.limits.routes import router as guest_router
from interlinker_shared.manifest import AssetsEntry, EventsEntry, Manifest
from interlinker_shared.metrics import Metrics
from interlinker_shared.moderation.events import MODERATION_EVENTS
from interlinker_shared.moderation.kind import Kinds, ModeratedKind
from interlinker_shared.moderation.pages import router as moderation_pages
from interlinker_shared.moderation.routes import router as moderation_router
from interlinker_shared.moderation.worker import run_ends
from interlinker_shared.pages import KIT_STATIC, Pages
from interlinker_shared.personal import SubjectPart
from interlinker_shared.personal.elsewhere import Elsewhere
from interlinker_shared.personal.models import SubjectData
from interlinker_shared.personal.routes import SubjectRoutes
from interlinker_shared.running import Plan, lifespan_of
from interlinker_shared.services.membership import KeySource
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.webhooks.routes import router as webhook_router

CANCEL_AGAIN_SECONDS = 2.0  # long enough for a good-bye to the registry


def create_interlinker(
    manifest: Manifest,
    settings: ServiceSettings,
    *,
    package: str,
    routers: Sequence[APIRouter] = (),
    assets: AssetKind | None = None,
    events: Sequence[type[Event]] = (),
    handlers: Sequence[Handler] = (),
    background: Sequence[Background] = (),
    exclusive: Sequence[Background] = (),
    clock: Callable[[], datetime] = utc_now,
    pages: Pages | None = None,
    grants: GrantRoutes | None = None,
    moderated: Sequence[ModeratedKind] = (),
    subjects: Sequence[SubjectPart] = (),
    elsewhere: Elsewhere | None = None,
    keys: KeySource | None = None,
) -> Interlinker:
    """A service from its parts.

    `package` is where its migrations and static files are; `events` are those it records beside the common ones;
    `handlers` take events of others; `background` runs as long as it does, `exclusive` in one replica at a time; `pages`
    render its pages and its errors. `grants` are its own way to grant roles; every other service also takes over what
    the gateway grants. `moderated` are the things in it that people can report. `subjects` is what it keeps about people
    beside its assets, `elsewhere` how others that it leads to are asked about them. `keys` reads the keys of all services
    from its own database; every other service asks the registry.
    """
    all_handlers = _all_handlers(handlers, assets, grants)
    all_events = (*(COMMON_EVENTS if assets else ()), *events, *(MODERATION_EVENTS if moderated else ()))
    kinds = {kind.name: kind for kind in moderated}
    metrics = Metrics()
    plan = Plan(
        manifest=_complete(manifest, settings, assets, all_events, all_handlers),
        settings=settings,
        package=package,
        handlers=all_handlers,
        assets=assets,
        subjects=tuple(subjects),
        background=tuple(background),
        exclusive=(*exclusive, partial(run_ends, kinds)) if kinds else tuple(exclusive),
        clock=clock,
        metrics=metrics,
        limits=Limits(settings, metrics),
        versions=Versions(),
        origins=Origins(settings.frame_ancestors),
        keys=keys,
    )
    app = _described(plan, all_events, kinds)
    problems.install(app)
    people = (SubjectRoutes(manifest.id, elsewhere).router(), (grants or GrantRoutes()).router())
    app.state.elsewhere = elsewhere
    for router in _all_routers(assets, [*routers, *_moderation(kinds, pages)], people):
        app.take_in(router)
    if pages is not None:
        _install_pages(app, pages, plan)
    _add_layers(app, plan, pages.languages if pages is not None else ())
    return app


def _described(plan: Plan, events: Sequence[type[Event]], kinds: Kinds) -> Interlinker:
    """The application with what it says about itself, and no route yet."""
    manifest = plan.manifest
    app = Interlinker(
        title=manifest.name.get("en", manifest.id),
        version=manifest.version,
        description=manifest.description.get("en", ""),
        lifespan=lifespan_of(plan),
        license_info={"name": manifest.licence},
        redirect_slashes=False,
        docs_url=None,  # FastAPI's pages load scripts from strangers' servers, which our policy forbids
        redoc_url=None,
    )
    app.state.asyncapi = build_asyncapi(manifest, events, plan.handlers)
    app.state.schemas = _schemas(plan.assets)
    app.state.manifest = manifest
    app.state.settings = plan.settings
    app.state.moderated = kinds
    return app


def _add_layers(app: Interlinker, plan: Plan, languages: Sequence[str]) -> None:
    """What stands in front of FastAPI, from the inside out: routes found quickly, the edge, what is kept."""
    metrics, room = plan.metrics, plan.settings.cache_bytes

    def cache(inner: ASGIApp) -> ASGIApp:
        app.cache = PublicCache(inner, room, versions=plan.versions, metrics=metrics, languages=languages)
        return app.cache

    edge = partial(Edge, metrics=metrics, limits=plan.limits, max_body=plan.settings.max_body, origins=plan.origins)
    layers: list[Layer] = [partial(QuickRoutes, of=app), edge]
    for layer in (*layers, cache) if room else layers:
        app.put_in_front(layer)


def _install_pages(app: Interlinker, pages: Pages, plan: Plan) -> None:
    def problem_page(request: Request, problem: problems.Problem) -> Response:
        if problem.type.removeprefix(problems.TYPE_PREFIX) in REFUSALS and POSTED in request.scope:
            return pages.guest(request, **guest_fields(request, request.app.state.kit.clock()))
        fields = [FieldError(entry.pointer, entry.detail, entry.code) for entry in problem.errors]
        return pages.problem(request, problem.status, detail=problem.detail or "", errors=fields)

    app.state.provider = Provider(plan.settings) if plan.settings.oidc_issuer else None
    for router in (*ACCOUNT_PAGES, passkey_router, provider_router):
        app.take_in(router)
    app.state.pages = pages
    app.state.problem_page = problem_page
    app.mount("/static/kit", StaticFiles(directory=KIT_STATIC), name="kit")
    if files(plan.package).joinpath("static").is_dir():
        app.mount("/static", StaticFiles(packages=[(plan.package, "static")]), name="static")


def _all_handlers(
    handlers: Sequence[Handler], assets: AssetKind | None, grants: GrantRoutes | None
) -> tuple[Handler, ...]:
    own = [*handlers]
    if assets is not None and assets.withdraw_item:
        own.append(withdrawal_handler(assets))
    if assets is not None and grants is None:
        own += GRANT_HANDLERS
    return tuple(own)


def _moderation(kinds: Kinds, pages: Pages | None) -> list[APIRouter]:
    if not kinds:
        return []
    # The pages first: `/statements/view` is no statement.
    return [moderation_router] if pages is None else [moderation_pages, moderation_router]


def _all_routers(
    assets: AssetKind | None, routers: Sequence[APIRouter], people: Sequence[APIRouter]
) -> list[APIRouter]:
    # The block's own routes first: they are the hot ones, and each route before another costs it a match.
    of_assets = [] if assets is None else [AssetRoutes(assets).router(), embed_router, changes_router]
    common = (system.router, webhook_router, audit_router, guest_router, key_router, consent_router)
    return [*routers, *of_assets, *people, account_router, *common]


def _complete(
    manifest: Manifest,
    settings: ServiceSettings,
    assets: AssetKind | None,
    events: Sequence[type[Event]],
    handlers: Sequence[Handler],
) -> Manifest:
    known: dict[str, Any] = {
        "events": EventsEntry(
            out=sorted(event_type(manifest.id, event.name) for event in events),
            into=sorted(handler.subject for handler in handlers),
        )
    }
    if assets is not None:
        known["assets"] = AssetsEntry(
            path=assets.path,
            singular=assets.singular,
            config_schema="schemas/config.json",
            exports={name: export.media_type for name, export in assets.exports.items()},
        )
        known["result_schema"] = "schemas/result.json"
        known["privacy"] = manifest.privacy.kept_for(settings.retention, deleted=settings.deleted_retention)
    return manifest.model_copy(update=known)


def _schemas(assets: AssetKind | None) -> dict[str, Any]:
    subject = {"subject": SubjectData.model_json_schema()}
    if assets is None:
        return subject
    result = Result.model_json_schema()
    result["properties"] |= assets.result_schema.get("properties", {})
    return subject | {"config": assets.config.model_json_schema(), "result": result}
