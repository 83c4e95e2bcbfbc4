"""Counts what is not counted at the close: one campaign after the other, each in a process of its own that serves nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from interlinker_ideation import store
from interlinker_ideation.counting.reading import write_poll
from interlinker_shared.assets import Asset, require
from interlinker_shared.assets.actions import publish_result
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.state import Kit

TICK_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
COUNT = (sys.executable, "-m", "interlinker_ideation.counting")

log = structlog.get_logger()


class _Failure(NamedTuple):
    tries: int
    again_at: float

    @property
    def pause(self) -> float:
        """Seconds until the next try, should this one fail as well."""
        return min(FIRST_PAUSE * 2.0**self.tries, LONGEST_PAUSE)


_NEVER = _Failure(0, 0.0)


class CountingFailedError(Exception):
    """The process that counts has ended without a bundle."""


async def run_counting(kit: Kit) -> None:
    """Count until cancelled. What waits is a row: nothing is forgotten over a restart.

    A count that fails is tried again after a pause that grows; others do not wait for it.
    """
    failed: dict[UUID, _Failure] = {}
    while True:
        for campaign_id in await kit.db.read(store.waiting_to_be_counted):
            before = failed.get(campaign_id, _NEVER)
            if time.monotonic() < before.again_at:
                continue
            try:
                await count(kit, campaign_id)
            except Exception:  # whatever it is, it is of this campaign, or the database is away
                failed[campaign_id] = _Failure(before.tries + 1, time.monotonic() + before.pause)
                log.exception("a count failed", campaign=str(campaign_id), again_in_seconds=before.pause)
            else:
                failed.pop(campaign_id, None)
        await asyncio.sleep(TICK_SECONDS)


async def count(kit: Kit, campaign_id: UUID) -> None:
    """Count one campaign and publish its result."""
    assert kit.assets is not None, "ideation has campaigns"  # noqa: S101 - narrows the type
    campaign = await kit.db.read(require, campaign_id)
    bundle = await _bundle(kit, campaign)
    await kit.db.write(finish, kit.assets, campaign_id, bundle, now=kit.clock())


def finish(session: Session, kind: AssetKind, campaign_id: UUID, bundle: str, *, now: datetime) -> None:
    """Keep the bundle and publish the result; a campaign that was deleted meanwhile has none."""
    if store.end_counting(session, campaign_id):
        store.add_bundle(session, campaign_id, bundle)
        publish_result(session, kind, campaign_id, now=now)


async def _bundle(kit: Kit, campaign: Asset) -> str:
    process = await asyncio.create_subprocess_exec(
        *COUNT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018 - they are pipes
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_feed(process.stdin, kit.db.stream(write_poll, campaign)))
            group.create_task(_listen(kit, campaign.id, process.stderr))
            found = group.create_task(process.stdout.read())
        if await process.wait():
            raise CountingFailedError(f"the process that counts campaign {campaign.id} ended {process.returncode}")
        return found.result().decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _feed(to: asyncio.StreamWriter, pieces: AsyncIterator[bytes]) -> None:
    with contextlib.suppress(ConnectionError):  # it has ended; how, is told by its exit status
        async for piece in pieces:
            to.write(piece)
            await to.drain()
        to.close()
        await to.wait_closed()


async def _listen(kit: Kit, campaign_id: UUID, lines: asyncio.StreamReader) -> None:
    """Keep the last progress that was told, at most twice a second; anything else that was said is for the log."""
    async for line in lines:
        try:
            phase, done, of = json.loads(line)
        except ValueError:
            log.warning(
                "what counts says something", campaign=str(campaign_id), said=line.decode(errors="replace").rstrip()
            )
            continue
        await kit.db.write(store.note_progress, campaign_id, phase, done, of)
