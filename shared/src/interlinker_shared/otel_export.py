"""The tracer that speaks OpenTelemetry; the only module that loads its SDK."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from interlinker_shared import trace

KINDS = {kind: SpanKind[kind.name] for kind in trace.Kind}


class OtelTracer:
    """Makes spans of a provider of its own: the global one would have FastAPI add spans with addresses of people in them."""

    def __init__(self, resource: Resource, processor: SpanProcessor) -> None:
        """The sampler is what the environment says (`OTEL_TRACES_SAMPLER`)."""
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("interlinker_shared")

    def begin(self, kind: trace.Kind, name: str, parent: str | None) -> OtelSpan:
        """See `trace.Tracer`."""
        context = set_span_in_context(NonRecordingSpan(_context(parent) if parent else _NO_PARENT))
        return OtelSpan(self._tracer.start_span(name, context, KINDS[kind]))

    def close(self) -> None:
        """Send what waits; takes as long as the collector lets it."""
        self._provider.shutdown()


class OtelSpan:
    """A span of the SDK; see `trace.Span`."""

    __slots__ = ("_span", "traceparent")

    def __init__(self, span: Span) -> None:
        self._span = span
        found = span.get_span_context()
        self.traceparent = f"00-{found.trace_id:032x}-{found.span_id:016x}-{int(found.trace_flags):02x}"

    def end(self, name: str | None = None, *, failed: bool = False, **attributes: str | int) -> None:
        """See `trace.Span`; `http__route` becomes the attribute `http.route`."""
        if name is not None:
            self._span.update_name(name)
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))
        for key, value in attributes.items():
            self._span.set_attribute(key.replace("__", "."), value)
        self._span.end()


_NO_PARENT = SpanContext(0, 0, is_remote=True)


def open_tracer(service: str, instance: str, version: str) -> OtelTracer:
    """A tracer that sends to the collector of the environment, in batches and from a thread."""
    names = {"service.name": service, "service.instance.id": f"{service}-{instance}", "service.version": version}
    resource = Resource.create(names)  # with what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say
    return OtelTracer(resource, BatchSpanProcessor(OTLPSpanExporter()))


def _context(parent: str) -> SpanContext:
    _, trace_id, span_id, flags = parent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
