"""What runs as long as a service does: what its parts share, its background tasks, and their end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from interlinker_shared import otel
from interlinker_shared.accounts.way import SessionWay
from interlinker_shared.accounts.worker import Desk
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.retention import run_retention
from interlinker_shared.assets.timers import run_due_dates
from interlinker_shared.auth import Authenticator
from interlinker_shared.background import Background, lead, run_housekeeping, supervise
from interlinker_shared.db import open_database
from interlinker_shared.db.versions import SharedVersions, Versions
from interlinker_shared.embed.origins import Origins
from interlinker_shared.embed.tokens import Bearers
from interlinker_shared.events import Handler
from interlinker_shared.events.taker import Taker
from interlinker_shared.events.waiting_room import WaitingRoom
from interlinker_shared.grants.book import GrantBook
from interlinker_shared.http.application import Interlinker
from interlinker_shared.keys.way import KeyWay
from interlinker_shared.lean import FOR_TERMINALS, FOR_WEBSOCKETS, without
from interlinker_shared.limits.rates import Limits
from interlinker_shared.mail.worker import Postman
from interlinker_shared.manifest import Manifest
from interlinker_shared.metrics import Metrics
from interlinker_shared.outgoing import OutgoingPolicy
from interlinker_shared.personal import SubjectPart
from interlinker_shared.personal.parts import parts_of
from interlinker_shared.personal.worker import Eraser
from interlinker_shared.resealing import reseal
from interlinker_shared.sealing import Seal
from interlinker_shared.services.membership import KeySource, Membership
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.webhooks.worker import Worker

if TYPE_CHECKING:
    from interlinker_shared.events.broker import Broker
    from interlinker_shared.events.producers import Producers
    from interlinker_shared.nkey import Identity

CANCEL_AGAIN_SECONDS = 2.0  # long enough for a good-bye to the registry

Lifespan = Callable[[Interlinker], contextlib.AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Plan:
    manifest: Manifest
    settings: ServiceSettings
    package: str
    handlers: tuple[Handler, ...]
    assets: AssetKind | None
    subjects: tuple[SubjectPart, ...]
    background: tuple[Background, ...]
    exclusive: tuple[Background, ...]
    clock: Callable[[], datetime]
    metrics: Metrics
    limits: Limits
    versions: Versions
    origins: Origins
    keys: KeySource | None

    def kit(self) -> Kit:
        service, settings = self.manifest.id, self.settings
        secret = settings.signing_secret(service)
        db = open_database(
            settings.database(service),
            service=service,
            instance=settings.instance,
            queue_limit=settings.queue_limit,
            statement_seconds=settings.statement_timeout,
            seal=Seal(secret, settings.known_before(service)),
        )
        auth = Authenticator(secret, service)
        return Kit(
            manifest=self.manifest,
            settings=settings,
            secret=secret,
            auth=auth,
            db=db,
            services=Membership(service, settings, auth, db, self.keys),
            grants=GrantBook(db),
            keys=KeyWay(db, self.clock),
            origins=self.origins,
            metrics=self.metrics,
            limits=self.limits,
            handlers=self.handlers,
            assets=self.assets,
            subjects=parts_of(self.assets, self.subjects, secret=secret, clock=self.clock),
            broker=_broker_of(service, settings),
            clock=self.clock,
        )


def lifespan_of(plan: Plan) -> Lifespan:
    @contextlib.asynccontextmanager
    async def lifespan(app: Interlinker) -> AsyncIterator[None]:
        kit = plan.kit()
        app.state.kit = kit
        kit.db.migrate(plan.package)
        kit.db.start()
        await reseal(kit.db)
        kit.db.on_commit(plan.versions.hear)
        kit.db.on_commit(kit.auth.hear)
        if kit.settings.accounts_here:
            kit.auth.add(SessionWay(kit.db, kit.clock))
        kit.db.on_commit(kit.origins.hear)
        kit.auth.add(kit.keys)
        kit.auth.add(Bearers(kit.secret, kit.service, kit.db))
        for way in kit.services.ways():
            kit.auth.add(way)
        await kit.origins.load(kit.db)
        if app.cache is not None:
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


def _tasks(app: Interlinker, kit: Kit, plan: Plan) -> list[Background]:
    def forget_answers() -> None:
        if app.cache is not None:
            app.cache.clear()

    tasks: list[Background] = [*plan.background, partial(lead, _exclusive_tasks(kit, plan.exclusive))]
    tasks += [lambda kit: kit.keys.run(), lambda kit: kit.origins.run(kit.db, forget_answers)]
    if kit.settings.registry_url:
        with without(FOR_TERMINALS):
            from interlinker_shared.lease import run_lease  # noqa: PLC0415 - as below

        tasks.append(run_lease)
    if kit.services.follows:
        tasks.append(lambda kit: kit.services.run())
    return tasks


def _exclusive_tasks(kit: Kit, own: Sequence[Background]) -> list[Background]:
    """What must not run in two replicas at the same time: order, and nothing done twice, depend on it."""
    webhooks, postman, eraser = Worker(kit), Postman(kit), Eraser(kit)
    tasks: list[Background] = [run_housekeeping, lambda _kit: webhooks.run(), lambda _kit: postman.run(), *own]
    tasks.append(lambda _kit: eraser.run())
    if kit.settings.accounts_here:
        desk = Desk(kit)
        tasks.append(lambda _kit: desk.run())
    if kit.assets is not None:
        tasks += [run_due_dates, run_retention]
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
    return Producers(kit.settings.registry_url, headers=kit.services.headers, transport=transport)


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
