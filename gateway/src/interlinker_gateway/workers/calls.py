"""Makes the calls that transitions have written down: after their commit, one at a time per task, until answered."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

import structlog

from interlinker_gateway.actions.answers import put_off, take_answer, take_refusal
from interlinker_gateway.registry import Directory
from interlinker_gateway.store import calls
from interlinker_gateway.workers.blocks import Block, Client, NotNowError, RefusedError
from interlinker_shared.state import Kit

AT_ONCE = 8
POLL_SECONDS = 0.5

log = structlog.get_logger()


class Caller:
    """Makes due calls for as long as it runs; what is under way when it stops is simply made again."""

    def __init__(self, kit: Kit, directory: Directory, client: Client) -> None:
        """Listens for commits that have written calls."""
        self._kit = kit
        self._directory = directory
        self._client = client
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[int, asyncio.Task[None]] = {}
        kit.db.on_commit(self._on_commit)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._wake.clear()
                await self._start_due()
                await self._until_woken()
        finally:
            under_way = list(self._under_way.values())
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _start_due(self) -> None:
        for call in await self._kit.db.read(calls.due, self._kit.clock()):
            if call.id not in self._under_way:
                task = asyncio.create_task(self._make(call))
                self._under_way[call.id] = task
                task.add_done_callback(partial(self._ended, call.id))

    def _ended(self, call_id: int, task: asyncio.Task[None]) -> None:
        self._under_way.pop(call_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a call broke and is made again", call=call_id, exc_info=error)

    async def _until_woken(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    async def _make(self, call: calls.Call) -> None:
        db, clock = self._kit.db, self._kit.clock
        async with self._slots:
            try:
                answer = await self._block(call).make(call)
            except NotNowError as error:
                log.info("a call waits", key=call.key, reason=error.reason)
                await db.write(put_off, call.id, error.reason, after=error.after, now=clock())
            except RefusedError as error:
                log.warning("a call was refused", key=call.key, reason=str(error))
                await db.write(take_refusal, call.id, str(error), now=clock())
            else:
                await db.write(take_answer, call.id, answer, now=clock())

    def _block(self, call: calls.Call) -> Block:
        instance = self._directory.offering(call.capability)
        if instance is None:
            raise NotNowError("nobody offers it now")
        return Block(self._client(), instance, self._kit.services)

    def _on_commit(self, signals: set[str]) -> None:
        if calls.SIGNAL in signals:
            self._wake.set()


async def run_calls(kit: Kit, directory: Directory, client: Client) -> None:
    """Make calls until cancelled."""
    await Caller(kit, directory, client).run()
