"""Service processes that are started again whenever they die, and may carry the failpoint that ends them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from interlinker_shared.failpoints import CONSENT, CONSENTED, VARIABLE, Point, said
from interlinker_shared.testing import SECRET, free_port, unlimited

STOP_SECONDS = 15
STRIKE_SECONDS = 120  # within which an armed failpoint must be reached
LOG_TAIL = 3000
NOTHING: Mapping[str, str] = MappingProxyType({})


def installed(block: str) -> Path | None:
    """The program of a block; None where it is not installed."""
    program = Path(sys.executable).with_name(f"interlinker-{block}")
    return program if program.exists() else None


class BrokenServiceError(AssertionError):
    """A service ended that nobody killed, or did not end where it should have."""


@dataclass(frozen=True)
class Strike:
    """The end of one run of a service: `point`, reached for the `hit`-th time."""

    point: Point
    hit: int


class Service:
    """One service. `strikes` are spent one per run; after the last it stays up."""

    def __init__(
        self, name: str, folder: Path, environment: Mapping[str, str] = NOTHING, strikes: Iterable[Strike] = ()
    ) -> None:
        """The writer, a reader or an installed block, by its name; nothing runs yet. Data and log are below `folder`."""
        self.name = name
        block = installed(name)
        self._command = [str(block), "serve"] if block else [sys.executable, "-m", "tests.faults.apps", name]
        prefix = name.upper() if block else "FAULTS"
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.deaths: Counter[Point] = Counter()
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"{name}.log"
        self._strikes = deque(strikes)
        own = {f"{prefix}_PORT": str(port), f"{prefix}_DATA_DIR": str(folder / name), f"{prefix}_SECRET": SECRET}
        self._environment = {**os.environ, **own, **unlimited(prefix), **environment}
        self._process: asyncio.subprocess.Process | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Keep it running within the block. The task breaks when the service does."""
        task = asyncio.create_task(self._keep())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._stop()

    @property
    def struck(self) -> bool:
        """Whether all strikes are spent."""
        return not self._strikes

    async def kill(self) -> None:
        """End it as a power cut would; it starts again."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _keep(self) -> None:
        while True:
            strike = self._strikes[0] if self._strikes else None
            written = self._log.stat().st_size if self._log.exists() else 0
            self._process = await self._start(strike)
            try:
                async with asyncio.timeout(STRIKE_SECONDS if strike else None):
                    code = await self._process.wait()
            except TimeoutError:
                message = f"{self.name} was not at {strike} within {STRIKE_SECONDS} s:\n{self._said(written)}"
                raise BrokenServiceError(message) from None
            self._note(code, strike, self._said(written))

    async def _start(self, strike: Strike | None) -> asyncio.subprocess.Process:
        environment = dict(self._environment)
        if strike is not None:
            environment |= {VARIABLE: f"{strike.point}:{strike.hit}", CONSENT: CONSENTED}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(*self._command, env=environment, stdout=log, stderr=log)

    def _said(self, since: int) -> str:
        """What it wrote into its log after so many bytes, the end of it."""
        return self._log.read_bytes()[since:].decode(errors="replace")[-LOG_TAIL:]

    def _note(self, code: int, strike: Strike | None, text: str) -> None:
        if code != -signal.SIGKILL or (strike and said(strike.point) not in text):
            message = f"{self.name} ended with {code}, expected {strike}:\n{text}"
            raise BrokenServiceError(message)
        if strike is not None:
            self.deaths[strike.point] += 1
            self._strikes.popleft()

    async def _stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def broken_by(tasks: Sequence[asyncio.Task[None]]) -> AsyncIterator[None]:
    """Cancel the block, and raise what broke, as soon as one of `tasks` ends."""
    block = asyncio.current_task()
    assert block is not None
    broken: list[asyncio.Task[None]] = []

    def end(task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            broken.append(task)
            block.cancel()

    for task in tasks:
        task.add_done_callback(end)
    try:
        yield
    except asyncio.CancelledError:
        if broken:
            block.uncancel()
            await broken[0]
        raise
    finally:
        for task in tasks:
            task.remove_done_callback(end)
