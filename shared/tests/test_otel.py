"""Spans: what a request caused can be followed through services, and nobody pays who does not look."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiohttp import web
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pydantic import BaseModel
from shared.tests.boxes import Box, create_box_app
from shared.tests.receiver import LOOPBACK, add_webhook, receiving

from interlinker_shared import trace
from interlinker_shared.events import Handler
from interlinker_shared.otel_export import OtelTracer
from interlinker_shared.testing import RunApp, TokenHeaders, eventually

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE_ID}-b7ad6b7169203331-01"
OPENED = "interlink.boxes.asset.opened.v1"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Nothing(BaseModel):
    """A reader of no field."""


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans that have ended."""
    memory = InMemorySpanExporter()
    tracer = OtelTracer(Resource.create({}), SimpleSpanProcessor(memory))
    trace.use(tracer)
    yield memory
    trace.use(None)
    tracer.close()


def of_kind(spans: InMemorySpanExporter, kind: SpanKind) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.kind is kind]


async def test_a_request_is_a_span_in_its_callers_trace(box: Box, spans: InMemorySpanExporter) -> None:
    answer = await box.ask("GET", "/boxes", headers={"traceparent": CALLER})
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert f"{span.parent.span_id:016x}" == CALLER.split("-")[2]
    assert answer.headers["traceparent"] == f"00-{TRACE_ID}-{span.context.span_id:016x}-01"


async def test_a_span_names_the_route_and_no_thing_or_person(box: Box, spans: InMemorySpanExporter) -> None:
    await box.ask("GET", f"/boxes/{UUID(int=7)}?limit=1", subject="anna")
    (span,) = spans.get_finished_spans()
    assert (span.name, span.kind, span.status.is_ok) == ("GET /boxes/{asset_id}", SpanKind.SERVER, True)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.route": "/boxes/{asset_id}",
        "http.response.status_code": 404,
    }
    assert not span.events


@pytest.mark.nats
async def test_a_trace_leads_from_a_request_to_who_hears_of_it(
    test_settings: dict[str, Any], nats_url: str, run_app: RunApp, token: TokenHeaders, spans: InMemorySpanExporter
) -> None:
    heard: list[str] = []
    handler = Handler(OPENED, Nothing, lambda _session, _payload, envelope: heard.append(envelope.subject))
    app = create_box_app(test_settings | {"nats_url": nats_url}, handlers=[handler])
    box = Box(await run_app(app), token)
    asset = await box.create()
    await box.ask("POST", f"/boxes/{asset['id']}/open", headers={"traceparent": CALLER})

    async def arrived() -> bool:
        return asset["id"] in heard and bool(of_kind(spans, SpanKind.CONSUMER))

    await eventually(arrived)
    names = [
        span.name for span in spans.get_finished_spans() if span.context and f"{span.context.trace_id:032x}" == TRACE_ID
    ]
    assert sorted(names) == [
        "POST /boxes/{asset_id}/open",
        "process eu.interlinkers.boxes.asset.opened.v1",
        f"publish {OPENED}",
    ]


async def test_a_trace_leads_to_webhooks(
    test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, spans: InMemorySpanExporter
) -> None:
    box = Box(await run_app(create_box_app(test_settings | LOOPBACK)), token)
    async with receiving() as receiver:
        await add_webhook(box, receiver.url)
        asset = await box.create()
        await box.ask("POST", f"/boxes/{asset['id']}/open", headers={"traceparent": CALLER})
        await receiver.has(1)
        await eventually(lambda: _any(of_kind(spans, SpanKind.CLIENT)))
    (span,) = of_kind(spans, SpanKind.CLIENT)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE_ID
    assert receiver.url not in span.to_json()


async def _any(found: Sequence[object]) -> bool:
    return bool(found)


def test_a_span_around_what_fails_says_so(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ZeroDivisionError), trace.span(trace.Kind.CONSUMER, "process", None):
        raise ZeroDivisionError
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert span.parent is None or not span.parent.is_valid


def test_a_caller_that_is_not_sampled_is_not_looked_at(spans: InMemorySpanExporter) -> None:
    span = trace.begin(trace.Kind.SERVER, "GET", CALLER[:-1] + "0")
    span.end()
    assert span.traceparent.startswith(f"00-{TRACE_ID}-")
    assert span.traceparent.endswith("-00")
    assert not spans.get_finished_spans()


class Collector:
    """An OpenTelemetry collector that remembers names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.services: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        for part in ExportTraceServiceRequest.FromString(await request.read()).resource_spans:
            named = {entry.key: entry.value.string_value for entry in part.resource.attributes}
            self.services.add(named["service.name"])
            self.names += [span.name for scope in part.scope_spans for span in scope.spans]
        return web.Response()


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    found = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", found.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    monkeypatch.setenv(ENDPOINT, site.name)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield found
    await runner.cleanup()


async def visit(app: FastAPI) -> float:
    """Start the app, ask it something, stop it; seconds that the stop took."""
    async with LifespanManager(app) as manager:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(manager.app), base_url="http://test") as client:
            await client.get("/health/live")
        began = time.monotonic()
    return time.monotonic() - began


async def test_spans_reach_the_collector_that_the_environment_names(app: FastAPI, collector: Collector) -> None:
    await visit(app)
    assert (collector.names, collector.services) == (["GET /health/live"], {"boxes"})


async def test_a_collector_that_is_away_holds_up_nothing(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    assert await visit(app) < 4


async def test_a_service_without_the_extra_goes_on_and_says_so(
    app: FastAPI, collector: Collector, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "interlinker_shared.otel_export", None)
    await visit(app)
    assert "interlinker-shared[otel]" in capsys.readouterr().out
    assert collector.names == []


@pytest.mark.parametrize(("name", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")])
async def test_traces_can_be_switched_off(
    app: FastAPI, collector: Collector, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    await visit(app)
    assert collector.names == []


QUIET = """
import asyncio, sys
from asgi_lifespan import LifespanManager
from shared.tests.boxes import create_box_app

async def main():
    settings = {"data_dir": sys.argv[1], "secret": "x" * 40, "nats_url": None, "registry_url": None}
    async with LifespanManager(create_box_app(settings)):
        await asyncio.sleep(0.1)

asyncio.run(main())
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def test_a_service_with_neither_webhooks_nor_collector_loads_nothing_for_them(tmp_path: Path) -> None:
    program = [sys.executable, "-c", QUIET, str(tmp_path), "aiohttp", "opentelemetry.sdk", "requests"]
    answer = subprocess.run(program, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
