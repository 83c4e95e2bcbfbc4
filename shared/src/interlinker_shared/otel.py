"""Spans to an OpenTelemetry collector: with the extra `interlinker-shared[otel]`, and where the standard variables name one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator

import structlog

from interlinker_shared import trace
from interlinker_shared.state import Kit

VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
FLUSH_SECONDS = 2.0

log = structlog.get_logger()


def is_wanted() -> bool:
    """Whether the environment names a collector for traces (opentelemetry.io, "OTLP Exporter Configuration")."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not off and any(os.environ.get(name) for name in VARIABLES)


@contextlib.asynccontextmanager
async def exporting(kit: Kit) -> AsyncIterator[None]:
    """Send spans while the service runs; those that wait at its end get two seconds, whatever the collector does."""
    if not is_wanted():
        yield
        return
    try:
        from interlinker_shared.otel_export import open_tracer  # noqa: PLC0415 - loads the SDK
    except ImportError:
        log.warning("no traces are sent", reason="a collector is named, but interlinker-shared[otel] is not installed")
        yield
        return
    tracer = open_tracer(kit.service, kit.settings.instance, kit.manifest.version)
    trace.use(tracer)
    try:
        yield
    finally:
        trace.use(None)
        thread = threading.Thread(target=tracer.close, daemon=True)  # nobody waits for it when the process ends
        thread.start()
        await asyncio.to_thread(thread.join, FLUSH_SECONDS)
