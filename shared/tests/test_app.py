"""An application from its parts: what it starts, it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

from asgi_lifespan import LifespanManager
from pydantic import SecretStr

from interlinker_shared.app import create_interlinker
from interlinker_shared.manifest import Manifest
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.state import Kit
from interlinker_shared.testing import SECRET

MANIFEST = Manifest(id="plain", name={"en": "Plain"}, description={"en": "Nothing."}, version="0")


async def test_a_background_task_that_swallows_its_cancellation_is_cancelled_again(tmp_path: Path) -> None:
    cancelled = 0

    async def stubborn(_kit: Kit) -> None:
        nonlocal cancelled
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled += 1
                if cancelled > 1:
                    raise

    settings = ServiceSettings(data_dir=tmp_path, secret=SecretStr(SECRET))
    app = create_interlinker(MANIFEST, settings, package="interlinker_shared", background=[stubborn])
    async with LifespanManager(app, shutdown_timeout=10):
        pass
    assert cancelled == 2


async def test_a_broken_background_task_begins_again_and_takes_nothing_along(tmp_path: Path) -> None:
    runs = asyncio.Queue[int]()

    async def broken(_kit: Kit) -> None:
        runs.put_nowait(1)
        raise RuntimeError("broken")

    settings = ServiceSettings(data_dir=tmp_path, secret=SecretStr(SECRET))
    app = create_interlinker(MANIFEST, settings, package="interlinker_shared", background=[broken])
    async with LifespanManager(app):
        assert [await asyncio.wait_for(runs.get(), 5) for _ in range(2)] == [1, 1]
