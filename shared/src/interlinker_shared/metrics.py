"""Prometheus metrics of one service, in a registry of their own so that several services fit into one process."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from interlinker_shared.events.metrics import EventMetrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per metric that nobody reads


@dataclass(slots=True)
class HitCounts:
    """Answers of one route from what is kept, since the last rendering. They are many, and a Counter takes a lock for each."""

    ok: int = 0
    not_modified: int = 0


class Metrics:
    """What is counted: requests by route template, the outbox, webhooks, the queue of writes."""

    def __init__(self) -> None:
        """All at zero."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests", "Requests by route template.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "http_request_seconds",
            "Duration by route template, of what was not answered from what is kept.",
            ("route",),
            registry=self.registry,
        )
        self.hits: defaultdict[str, HitCounts] = defaultdict(HitCounts)
        self.limited = Counter(
            "requests_limited", "Requests refused with 429, by budget.", ("budget",), registry=self.registry
        )
        self.acts_refused = Counter(
            "administrative_acts_refused",
            "Acts of moderators and owners that somebody tried who is none.",
            ("act",),
            registry=self.registry,
        )
        self.outbox_waiting = Gauge("outbox_waiting", "Events that are not published yet.", registry=self.registry)
        self.outbox_age = Gauge("outbox_oldest_seconds", "Age of the oldest event that waits.", registry=self.registry)
        self.webhooks = Gauge("webhooks", "Webhooks by how they are doing.", ("state",), registry=self.registry)
        self.webhook_tries = Counter(
            "webhook_tries", "Messages sent to webhooks, by what became of them.", ("outcome",), registry=self.registry
        )
        self.writes_queued = Gauge("writes_queued", "Writes that wait for the writer.", registry=self.registry)
        self.events = EventMetrics(self.registry)

    def render(self) -> bytes:
        """The exposition text."""
        for route, counts in self.hits.items():
            self.requests.labels("GET", route, "200").inc(counts.ok)
            self.requests.labels("GET", route, "304").inc(counts.not_modified)
            counts.ok = counts.not_modified = 0
        return generate_latest(self.registry)
