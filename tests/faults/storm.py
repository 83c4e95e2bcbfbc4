"""A storm: the writer and its readers under load while something keeps failing; then calm, and the reckoning."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from interlinker_shared.events.broker import NATS_ERRORS
from tests.faults import stream
from tests.faults.apps import READER, WRITER, Sabotage
from tests.faults.clients import Caller, Clients, ask
from tests.faults.services import Service, Strike, broken_by
from tests.faults.tally import Tally, compare

POLL_SECONDS = 0.1
TIMES_CALM = 3


@dataclass(frozen=True)
class Plan:
    """What the services run on, and what is to befall them."""

    folder: Path
    nats_url: str
    database: str | None = None
    """A PostgreSQL, where each service has a schema of its own; SQLite files without it."""
    strikes: Sequence[Strike] = ()
    """Those of the writer."""
    reader_strikes: Sequence[Sequence[Strike]] = ((),)
    """Those of each reader."""
    sabotage: Mapping[str, Sabotage] = field(default_factory=dict)
    """Which rule a service breaks."""
    pace: float = 0.02
    patience: float = 90.0
    """Seconds after which what has not arrived is lost."""

    def service(self, name: str, strikes: Sequence[Strike]) -> Service:
        """One of them, not started."""
        environment = {"NATS_URL": self.nats_url, "FAULTS_SABOTAGE": self.sabotage.get(name, Sabotage.NONE).value}
        if self.database is not None:
            environment["FAULTS_DATABASE_URL"] = self.database
        return Service(name, self.folder, environment, strikes)


class Storm:
    """The services and their clients, running."""

    def __init__(self, plan: Plan) -> None:
        """Nothing runs yet."""
        self._plan = plan
        self.writer = plan.service(WRITER, plan.strikes)
        self.readers = [plan.service(f"{READER}-{n}", strikes) for n, strikes in enumerate(plan.reader_strikes)]
        self.services = (self.writer, *self.readers)
        self.clients = Clients(self.writer.url, pace=plan.pace)
        self._over = asyncio.Event()

    @contextlib.asynccontextmanager
    async def raging(self, *, at_most: int | None = None) -> AsyncIterator[None]:
        """Keep the services and the load up within the block; afterwards what was begun is finished, and calm returns.

        Breaks as soon as a service does.
        """
        async with contextlib.AsyncExitStack() as stack:
            tasks = [await stack.enter_async_context(service.running()) for service in self.services]
            load = asyncio.create_task(self.clients.write(self._over, at_most=at_most))
            try:
                async with broken_by(tasks):
                    yield
                    if at_most is None:
                        self._over.set()
                    await load
                    await self._calm()
                    self.tally = await self._reckon()
            finally:
                load.cancel()
                await asyncio.gather(load, return_exceptions=True)

    async def ready(self) -> None:
        """Return once every service has started: one that starts needs its database."""
        for service in self.services:
            async with aiohttp.ClientSession() as session:
                await Caller(session, service).until_ready()

    async def struck(self) -> None:
        """Return once every strike is spent."""
        while not all(service.struck for service in self.services):  # noqa: ASYNC110 - plain counters tell nobody
            await asyncio.sleep(POLL_SECONDS)

    async def _calm(self) -> None:
        """Wait until nothing is under way any more, or patience ends: then something is lost."""
        deadline, calm = time.monotonic() + self._plan.patience, 0
        while calm < TIMES_CALM and time.monotonic() < deadline:
            calm = calm + 1 if await self._is_calm() else 0
            await asyncio.sleep(POLL_SECONDS)

    async def _is_calm(self) -> bool:
        try:
            entries = (await ask(self.writer, "/entries/count"))["count"]
            effects = [(await ask(one, "/effects/count"))["count"] for one in self.readers]
            under_way = await stream.under_way(self._plan.nats_url)
        except (aiohttp.ClientError, *NATS_ERRORS):
            return False
        return under_way == 0 and all(count >= entries for count in effects)

    async def _reckon(self) -> Tally:
        entries = (await ask(self.writer, "/entries"))["rows"]
        effects = [(await ask(one, "/effects"))["rows"] for one in self.readers]
        done = [[(a, n, s) for a, n, s in rows] for rows in effects]
        return compare(self.clients.acknowledged, [(a, n) for a, n in entries], *done)
