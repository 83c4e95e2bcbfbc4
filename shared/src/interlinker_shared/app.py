"""`create_interlinker`: from a description and a few routers to a running service with the whole contract."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from interlinker_shared import otel
from interlinker_shared.accounts.pages import ROUTERS as ACCOUNT_PAGES
from interlinker_shared.accounts.passkey_routes import router as passkey_router
from interlinker_shared.accounts.provider import Provider
from interlinker_shared.accounts.provider_pages import router as provider_router
from interlinker_shared.accounts.routes import router as account_router
from interlinker_shared.accounts.way import SessionWay
from interlinker_shared.accounts.worker import Desk
from interlinker_shared.assets.events import COMMON_EVENTS
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import Result
from interlinker_shared.assets.routes import AssetRoutes, SubjectRoutes
from interlinker_shared.assets.subscribers import withdrawal_handler
from interlinker_shared.assets.timers import run_due_dates
from interlinker_shared.asyncapi import build_asyncapi
from interlinker_shared.audit.routes import router as audit_router
from interlinker_shared.auth import Authenticator
from interlinker_shared.background import Background, lead, run_housekeeping, supervise
from interlinker_shared.clock import utc_now
from interlinker_shared.db import open_database
from interlinker_shared.db.versions import SharedVersions, Versions
from interlinker_shared.embed.origins import Origins
from interlinker_shared.embed.routes import router as embed_router
from interlinker_shared.embed.tokens import Bearers
from interlinker_shared.errors import FieldError
from interlinker_shared.events import Event, Handler, event_type
from interlinker_shared.events.taker import Taker
from interlinker_shared.events.waiting_room import WaitingRoom
from interlinker_shared.grants.book import GrantBook
from interlinker_shared.grants.routes import GrantRoutes
from interlinker_shared.grants.subscribers import HANDLERS as GRANT_HANDLERS
from interlinker_shared.http import problems, system
from interlinker_shared.http.cache import PublicCache
from interlinker_shared.http.edge import Edge
from interlinker_shared.http.quick import QuickRoutes
from interlinker_shared.keys.routes import router as key_router
from interlinker_shared.keys.way import KeyWay
from interlinker_shared.lean import FOR_TERMINALS, FOR_WEBSOCKETS, without
from interlinker_shared.limits.guests import POSTED, REFUSALS, guest_fields
from interlinker_shared.limits.rates import Limits
from interlinker_shared.limits.routes import router as guest_router
from interlinker_shared.mail.worker import Postman
from interlinker_shared.manifest import AssetsEntry, EventsEntry, Manifest
from interlinker_shared.metrics import Metrics
from interlinker_shared.moderation.events import MODERATION_EVENTS
from interlinker_shared.moderation.kind import Kinds, ModeratedKind
from interlinker_shared.moderation.pages import router as moderation_pages
from interlinker_shared.moderation.routes import router as moderation_router
from interlinker_shared.moderation.worker import run_ends
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.pages import KIT_STATIC, Pages
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.webhooks.routes import router as webhook_router
from interlinker_shared.webhooks.worker import Worker

if TYPE_CHECKING:
    from interlinker_shared.events.broker import Broker
    from interlinker_shared.events.producers import Producers
    from interlinker_shared.nkey import Identity

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
) -> FastAPI:
    """A service from its parts.

    `package` is where its migrations and static files are; `events` are those it records beside the common ones;
    `handlers` take events of others; `background` runs as long as it does, `exclusive` in one replica at a time; `pages`
    render its pages and its errors. `grants` are its own way to grant roles; every other service also takes over what
    the gateway grants. `moderated` are the things in it that people can report.
    """
    all_handlers = _all_handlers(handlers, assets, grants)
    all_events = (*(COMMON_EVENTS if assets else ()), *events, *(MODERATION_EVENTS if moderated else ()))
    kinds = {kind.name: kind for kind in moderated}
    full = _complete(manifest, assets, all_events, all_handlers)
    metrics = Metrics()
    limits = Limits(settings, metrics)
    plan = _Plan(
        full,
        settings,
        package,
        all_handlers,
        assets,
        tuple(background),
        (*exclusive, partial(run_ends, kinds)) if kinds else tuple(exclusive),
        clock,
        metrics,
        limits,
        Versions(),
        Origins(settings.frame_ancestors),
    )
    app = Interlinker(
        title=full.name.get("en", full.id),
        version=full.version,
        description=full.description.get("en", ""),
        lifespan=_lifespan(plan),
        license_info={"name": full.licence},
        redirect_slashes=False,
        docs_url=None,  # FastAPI's pages load scripts from strangers' servers, which our policy forbids
        redoc_url=None,
    )
    app.state.asyncapi = build_asyncapi(full, all_events, all_handlers)
    app.state.schemas = _schemas(assets)
    app.state.manifest = full
    app.state.settings = settings
    app.state.moderated = kinds
    problems.install(app)
    for router in _all_routers(full, assets, [*routers, *_moderation(kinds, pages)], grants or GrantRoutes()):
        _take_in(app, router)
    if pages is not None:
        app.state.provider = Provider(settings) if settings.oidc_issuer else None
        for router in (*ACCOUNT_PAGES, passkey_router, provider_router):
            _take_in(app, router)
        _install_pages(app, pages, package)
    app.add_middleware(QuickRoutes, of=app)
    app.add_middleware(Edge, metrics=metrics, limits=limits, max_body=settings.max_body, origins=plan.origins)
    if settings.cache_bytes:
        languages = pages.languages if pages is not None else ()
        app.cache = PublicCache(
            partial(FastAPI.__call__, app),
            settings.cache_bytes,
            versions=plan.versions,
            metrics=plan.metrics,
            languages=languages,
        )
    return app


class Interlinker(FastAPI):
    """The application, behind what is kept of its public answers."""

    cache: PublicCache | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the lifespan."""
        if self.cache is None:
            await super().__call__(scope, receive, send)
        else:
            await self.cache(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description of the API, with the schema that every declared problem refers to."""
        return problems.describe(super().openapi())


def _take_in(app: FastAPI, router: APIRouter) -> None:
    """Add the routes of `router` as they are: `include_router` would build each a second time, and match it in two steps."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.operation_id = route.operation_id or route.name
            route.responses = problems.DECLARED | route.responses
    app.router.routes.extend(router.routes)


def _install_pages(app: FastAPI, pages: Pages, package: str) -> None:
    def problem_page(request: Request, problem: problems.Problem) -> Response:
        if problem.type.removeprefix(problems.TYPE_PREFIX) in REFUSALS and POSTED in request.scope:
            return pages.guest(request, **guest_fields(request, request.app.state.kit.clock()))
        fields = [FieldError(entry.pointer, entry.detail, entry.code) for entry in problem.errors]
        return pages.problem(request, problem.status, detail=problem.detail or "", errors=fields)

    app.state.pages = pages
    app.state.problem_page = problem_page
    app.mount("/static/kit", StaticFiles(directory=KIT_STATIC), name="kit")
    if files(package).joinpath("static").is_dir():
        app.mount("/static", StaticFiles(packages=[(package, "static")]), name="static")


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
    manifest: Manifest, assets: AssetKind | None, routers: Sequence[APIRouter], grants: GrantRoutes
) -> list[APIRouter]:
    # The block's own routes first: they are the hot ones, and each route before another costs it a match.
    of_assets = [] if assets is None else [AssetRoutes(assets).router(), embed_router]
    of_people = (SubjectRoutes(assets, manifest.id).router(), account_router, grants.router())
    common = (system.router, webhook_router, audit_router, guest_router, key_router)
    return [*routers, *of_assets, *of_people, *common]


def _complete(
    manifest: Manifest, assets: AssetKind | None, events: Sequence[type[Event]], handlers: Sequence[Handler]
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
    return manifest.model_copy(update=known)


def _schemas(assets: AssetKind | None) -> dict[str, Any]:
    if assets is None:
        return {}
    result = Result.model_json_schema()
    result["properties"] |= assets.result_schema.get("properties", {})
    return {"config": assets.config.model_json_schema(), "result": result}


Lifespan = Callable[[FastAPI], contextlib.AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class _Plan:
    manifest: Manifest
    settings: ServiceSettings
    package: str
    handlers: tuple[Handler, ...]
    assets: AssetKind | None
    background: tuple[Background, ...]
    exclusive: tuple[Background, ...]
    clock: Callable[[], datetime]
    metrics: Metrics
    limits: Limits
    versions: Versions
    origins: Origins

    def kit(self) -> Kit:
        service, settings = self.manifest.id, self.settings
        secret = settings.signing_secret(service)
        db = open_database(
            settings.database(service),
            service=service,
            instance=settings.instance,
            queue_limit=settings.queue_limit,
            statement_seconds=settings.statement_timeout,
        )
        return Kit(
            manifest=self.manifest,
            settings=settings,
            secret=secret,
            auth=Authenticator(secret, service),
            db=db,
            grants=GrantBook(db),
            keys=KeyWay(db, self.clock),
            origins=self.origins,
            metrics=self.metrics,
            limits=self.limits,
            handlers=self.handlers,
            assets=self.assets,
            broker=_broker_of(service, settings),
            clock=self.clock,
        )


def _lifespan(plan: _Plan) -> Lifespan:
    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        kit = plan.kit()
        app.state.kit = kit
        kit.db.migrate(plan.package)
        kit.db.start()
        kit.db.on_commit(plan.versions.hear)
        kit.db.on_commit(kit.auth.hear)
        if kit.settings.accounts_here:
            kit.auth.add(SessionWay(kit.db, kit.clock))
        kit.db.on_commit(kit.origins.hear)
        kit.auth.add(kit.keys)
        kit.auth.add(Bearers(kit.secret, kit.service, kit.db))
        await kit.origins.load(kit.db)
        if isinstance(app, Interlinker) and app.cache is not None:
            app.cache.begin(SharedVersions(kit.db) if kit.db.shared else None)
        tasks = [asyncio.create_task(supervise(task, kit)) for task in _tasks(app, kit, plan)]
        kit.started = True
        if getattr(app.state, "freeze_after_start", False):
            gc.freeze()  # what start-up made stays: the collector need not look at it again (write p99 30 -> 6 ms)
            gc.enable()  # it was off while that was made; looking through it once would take 80 ms and find next to nothing
        try:
            async with otel.exporting(kit):
                yield
        finally:
            await _stop(kit, tasks)

    return lifespan


def _tasks(app: FastAPI, kit: Kit, plan: _Plan) -> list[Background]:
    def forget_answers() -> None:
        if isinstance(app, Interlinker) and app.cache is not None:
            app.cache.clear()

    tasks: list[Background] = [*plan.background, partial(lead, _exclusive_tasks(kit, plan.exclusive))]
    tasks += [lambda kit: kit.keys.run(), lambda kit: kit.origins.run(kit.db, forget_answers)]
    if kit.settings.registry_url:
        with without(FOR_TERMINALS):
            from interlinker_shared.lease import run_lease  # noqa: PLC0415 - as below

        tasks.append(run_lease)
    return tasks


def _exclusive_tasks(kit: Kit, own: Sequence[Background]) -> list[Background]:
    """What must not run in two replicas at the same time: order, and nothing done twice, depend on it."""
    webhooks, postman = Worker(kit), Postman(kit)
    tasks: list[Background] = [run_housekeeping, lambda _kit: webhooks.run(), lambda _kit: postman.run(), *own]
    if kit.settings.accounts_here:
        desk = Desk(kit)
        tasks.append(lambda _kit: desk.run())
    if kit.assets is not None:
        tasks.append(run_due_dates)
    if kit.handlers:
        tasks.append(_run_waiting_room)
    if kit.broker is not None:
        tasks += _event_tasks(kit, kit.broker)
    return tasks


def _taker(kit: Kit) -> Taker:
    return Taker(kit.db, kit.inbox, kit.metrics.events, kit.clock)


async def _run_waiting_room(kit: Kit) -> None:
    producers = _producers(kit)
    try:
        await WaitingRoom(_taker(kit), producers).run()
    finally:
        if producers is not None:
            await producers.close()


# A block alone has neither broker nor registry: what speaks to them is loaded only where they are, which takes a quarter
# of a second off its start.


def _broker_of(service: str, settings: ServiceSettings) -> Broker | None:
    if not settings.nats_url:
        return None
    seed, identity = settings.nats_nkey_seed_file, None
    if seed is not None:
        from interlinker_shared.nkey import Identity, UserKey  # noqa: PLC0415 - see above

        identity = Identity(service, UserKey(seed.read_text()))
    return _broker(settings.nats_url, f"{service}-{settings.instance}", identity)


def _broker(url: str, name: str, identity: Identity | None = None) -> Broker:
    with without(() if url.startswith("ws") else FOR_WEBSOCKETS):
        from interlinker_shared.events.broker import Broker  # noqa: PLC0415 - see above

    return Broker(url, name, identity)


def _producers(kit: Kit) -> Producers | None:
    if kit.settings.registry_url is None:
        return None
    with without(FOR_TERMINALS):
        from interlinker_shared.announced import GuardedTransport  # noqa: PLC0415 - see above
        from interlinker_shared.events.producers import Producers  # noqa: PLC0415 - see above

    transport = GuardedTransport(OutgoingPolicy.family(kit.settings))
    return Producers(kit.settings.registry_url, secret=kit.secret, service=kit.service, transport=transport)


def _event_tasks(kit: Kit, broker: Broker) -> list[Background]:
    from interlinker_shared.events.relay import Relay  # noqa: PLC0415 - see above
    from interlinker_shared.events.subscriber import Subscriber  # noqa: PLC0415 - see above

    relay = Relay(kit.db, broker, kit.metrics.events)
    tasks: list[Background] = [lambda _kit: relay.run()]
    if kit.handlers:
        subscriber = Subscriber(broker, _taker(kit))
        tasks.append(lambda _kit: subscriber.run())
    return tasks


async def _stop(kit: Kit, tasks: list[asyncio.Task[None]]) -> None:
    kit.stopping.set()
    running = set(tasks)
    while running:
        # Again until it is heard: a library may swallow a cancellation that comes just as its own wait ends.
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=CANCEL_AGAIN_SECONDS)
    if kit.broker is not None:
        await kit.broker.close()
    await kit.db.close()
