"""The serving process: one event loop, until SIGTERM."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from interlinker_shared import failpoints, logs
from interlinker_shared.lean import starting
from interlinker_shared.limits.slowness import LimitedProtocol, SlowSenders
from interlinker_shared.settings import ServiceSettings

KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10
NOT_STARTED = 3
TICKS_PER_SECOND = 10

log = structlog.get_logger()


def serve(name: str, create_app: Callable[[Any], FastAPI], settings: ServiceSettings) -> int:
    """Serve until SIGTERM; requests in flight get 10 seconds. Returns the exit status."""
    logs.configure(name)
    failpoints.arm(os.environ)
    with starting():
        app = create_app(settings)
    app.state.freeze_after_start = True
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=LimitedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # limits look for the client themselves, and nothing asks for the scheme
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config, settings.receive_seconds)
    server.run()
    return 0 if server.started else NOT_STARTED


class _Server(uvicorn.Server):
    """Hangs up on slow senders, and tells open long polls and streams to end as soon as the signal comes."""

    def __init__(self, config: uvicorn.Config, receive_seconds: float) -> None:
        super().__init__(config)
        self._slow = SlowSenders(receive_seconds)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SECOND == 0 and self._slow.close(self.server_state.connections):
            log.info("slow senders were cut off")
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        kit = getattr(self.config.app.state, "kit", None)  # type: ignore[union-attr]  # our app, not an import string
        if kit is not None:
            kit.stopping.set()
        super().handle_exit(sig, frame)
